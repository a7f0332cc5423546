/** The npm packages of the lockfile; one of them, `node`, is the Node that Tallyman runs on. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupError } from "./report.mjs";

export function npmPackages(root) {
  const nodePath = join(root, "node_modules/node/bin/node");
  return {
    isDone: () => existsSync(nodePath) && matchesLockfile(root),
    run: async () => {
      const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
      const doing = "installing npm packages into node_modules (with the pinned Node)";
      await run("npm", args, { cwd: root, env: { PATH: pathOutside(root) }, doing });
      if (existsSync(nodePath)) return;
      throw new SetupError(
        "npm has not run the install script of the package `node`, which brings the Node that Tallyman runs on.\n" +
          "Allow install scripts (npm config get ignore-scripts should say false), then run this again.",
      );
    },
  };
}

/** npm writes what it has installed last, in the lockfile's form; packages for other platforms are not among it. */
function matchesLockfile(root) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const installed = packagesIn(join(root, "node_modules/.package-lock.json"));
  const isSame = (path) =>
    installed[path]?.version === wanted[path]?.version &&
    installed[path]?.integrity === wanted[path]?.integrity;
  return (
    Object.keys(installed).every(isSame) &&
    Object.keys(wanted).every((path) => path === "" || wanted[path].optional || isSame(path))
  );
}

function packagesIn(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/** npm must not run on the very Node that it replaces: npm scripts put node_modules/.bin first. */
function pathOutside(root) {
  const own = join(root, "node_modules");
  return process.env.PATH.split(delimiter)
    .filter((folder) => !folder.startsWith(own))
    .join(delimiter);
}
