/** The npm packages of the lockfile; one of them is the Node that Tallyman runs on, which npm links as `node`. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, SetupError } from "./report.mjs";

/** Whoever only runs Tallyman needs none of the packages that it is developed with; those that are there stay. */
export function npmPackages(root, { forDevelopment }) {
  const nodePath = join(root, "node_modules/.bin/node");
  return {
    isDone: () => existsSync(nodePath) && matchesLockfile(root, { forDevelopment }),
    run: async () => {
      const scope = forDevelopment ? "--include=dev" : "--omit=dev";
      const args = ["ci", scope, "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
      const doing = "installing npm packages into node_modules (with the pinned Node)";
      await run("npm", args, { cwd: root, env: { PATH: pathOutside(root) }, doing });
      if (existsSync(nodePath)) return;
      throw new SetupError(
        `npm has not installed node-linux-${process.arch}, the package of the Node that Tallyman runs on.\n` +
          "See whether npm reaches its registry (npm ping), then run this again.",
      );
    },
  };
}

/** npm writes what it has installed last, in the lockfile's form; packages for other platforms are not among it. */
function matchesLockfile(root, { forDevelopment }) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const installed = packagesIn(join(root, "node_modules/.package-lock.json"));
  const isSame = (path) =>
    installed[path]?.version === wanted[path]?.version &&
    installed[path]?.integrity === wanted[path]?.integrity;
  const mayLack = ({ optional, dev }) => optional || (dev && !forDevelopment);
  return (
    Object.keys(installed).every(isSame) &&
    Object.keys(wanted).every((path) => path === "" || mayLack(wanted[path]) || isSame(path))
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
