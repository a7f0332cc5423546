/** Whether resolvers can read what is in the run directory: they run as another user than root. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";
import { nearestFolder } from "./nearest-folder.ts";

export function checkRunFolder({ runDir }: RuntimePaths): Check {
  const folders = withParents(nearestFolder(runDir)).map((path) => ({ path, mode: statSync(path).mode }));
  return judgeRunFolder({ runDir, folders });
}

export interface RunFolderFacts {
  readonly runDir: string;
  /** It and those above it, as far as they are there. */
  readonly folders: readonly { readonly path: string; readonly mode: number }[];
}

const passedByOthers = 0o001;

export function judgeRunFolder({ runDir, folders }: RunFolderFacts): Check {
  const name = "run directory";
  const closed = folders.findLast(({ mode }) => (mode & passedByOthers) === 0);
  if (closed === undefined) return { name, status: "ok", detail: `${runDir} can be read by resolvers` };
  const mode = (closed.mode & 0o7777).toString(8).padStart(4, "0");
  return {
    name,
    status: "warning",
    detail: `others than its owner cannot enter ${closed.path} (mode ${mode}): containers find nobody by name, as resolvers run as the user dnsmasq`,
    remedy: `Have it entered (chmod o+x ${closed.path}), or put ${runDir} elsewhere with TALLYMAN_RUN_DIR.`,
  };
}

/** The outermost last. */
function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}
