/** Where in a folder, taken as its root, execvp(3) would find a command. */
import { closeSync, fstatSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf } from "../../../model/error.ts";
import { openInRoot } from "../../../sys/open-in-root.ts";
import { pathOnly } from "../../../sys/openat2.ts";

export interface SoughtCommand {
  readonly command: string;
  /** `NAME=value` each; its `PATH` counts. */
  readonly env: readonly string[];
  readonly cwd: string;
}

export type CommandFile = "executable" | "not-executable" | "absent";

/** The paths that are tried, in their order, as seen from inside. */
export function commandPaths({ command, env, cwd }: SoughtCommand): readonly string[] {
  if (command.includes("/")) return [resolve(cwd, command)];
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  return path.split(":").map((folder) => join(folder, command));
}

/** What there is at the best of `paths`. */
export function findCommand(root: string, paths: readonly string[]): CommandFile {
  const found = paths.map((path) => commandFileAt(root, path));
  if (found.includes("executable")) return "executable";
  return found.includes("not-executable") ? "not-executable" : "absent";
}

function commandFileAt(root: string, path: string): CommandFile {
  try {
    const fd = openInRoot(root, path, pathOnly);
    const stat = fstatSync(fd);
    closeSync(fd);
    return stat.isFile() && (stat.mode & 0o111) !== 0 ? "executable" : "not-executable";
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EXDEV"].includes(codeOf(error) ?? "")) return "absent";
    throw error;
  }
}
