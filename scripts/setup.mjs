/**
 * Makes this checkout ready to run: npm packages with the pinned Node, Debian packages, the image of the example.
 * `npm start`, `npm test` and `npm run bench` begin with it. It runs on the host's own Node before any package is
 * there, says what it installs, asks nothing, and does nothing where all is there.
 *
 *   node scripts/setup.mjs [--test] [--vm]     --test: with what only the tests and the benchmark need
 *                                              --vm: with what tests in virtual machines need
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { checkHost } from "./setup/check-host.mjs";
import { debianPackages } from "./setup/debian-packages.mjs";
import { helloImage } from "./setup/hello-image.mjs";
import { npmPackages } from "./setup/npm-packages.mjs";
import { say, SetupError } from "./setup/report.mjs";
import { runAlone } from "./setup/run-alone.mjs";

try {
  await setUp(dirname(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url))));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

async function setUp(root) {
  checkHost();
  const forTests = process.argv.includes("--test");
  const forMachines = process.argv.includes("--vm");
  const steps = [
    npmPackages(root, { forDevelopment: forTests || forMachines }),
    debianPackages({ forTests, forMachines }),
    helloImage(root),
  ];
  if (steps.every((step) => step.isDone())) return;
  await runAlone(root, async () => {
    for (const step of steps) if (!step.isDone()) await step.run();
    say("Ready.");
  });
}
