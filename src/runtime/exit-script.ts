/**
 * What a monitor runs when its process has ended: nothing where somebody holds the lock, who sees it himself; else the
 * handler of exits, of which there is one at a time. Many containers may end at once, so all of this is left to
 * flock(1), which takes a millisecond, and the monitor is not kept waiting.
 *
 * It is a file so that monitors which have been running for months call the program that is here now.
 */
import { closeSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../model/error.ts";
import { findProgram } from "../sys/find-program.ts";
import { launch } from "../sys/launch.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { isDiskFull } from "./disk-full.ts";
import type { ExitHandler, RuntimePaths } from "./types.ts";

export const lockOf = ({ dataDir }: RuntimePaths): string => join(dataDir, "lock");

/** Held by the handler of exits, from before it is our program. */
export const exitLockOf = ({ dataDir }: RuntimePaths): string => join(dataDir, "exit-lock");

/** What the handler had to complain about; begun anew when it has grown large. */
const exitLogOf = ({ dataDir }: RuntimePaths): string => join(dataDir, "on-exit.log");
const maxLogBytes = 64 * 1024;

/**
 * Makes it say `handler` where it says something else, and returns the argv that runs it. On a full disk, where it is
 * more urgent to remove something, it may say what it said before, and where there is none nothing is returned.
 */
export async function installExitScript(
  paths: RuntimePaths,
  handler: ExitHandler,
): Promise<readonly string[]> {
  const path = scriptOf(paths);
  const text = exitScript(paths, handler);
  try {
    if (textOf(path) !== text) await writeFileAtomic(path, text);
    for (const file of [exitLockOf(paths), exitLogOf(paths)]) closeSync(openSync(file, "a", 0o600));
    if (statSync(exitLogOf(paths)).size > maxLogBytes) truncateSync(exitLogOf(paths));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
  return textOf(path) === undefined ? [] : [shell, path];
}

/**
 * As a monitor would. Resolves at once, whatever the handler takes. It runs behind `apart`, the beginning of a command
 * line: the handler has to outlive the service that we may be.
 */
export async function runExitScript(
  paths: RuntimePaths,
  { apart }: { readonly apart: readonly string[] },
): Promise<void> {
  const argv: readonly string[] = [...apart, shell, scriptOf(paths)];
  const [command = shell, ...args] = argv;
  await launch(command, args, { cwd: "/", env: {}, fds: [] });
}

/** Named, for the data directory may be on a file system that is mounted noexec. */
const shell = "/bin/sh";

const scriptOf = ({ dataDir }: RuntimePaths): string => join(dataDir, "on-exit");

/** Pure but for the places of programs. */
function exitScript(paths: RuntimePaths, { command, environment }: ExitHandler): string {
  const flock = quoted(findProgram("flock", "util-linux"));
  const setsid = quoted(findProgram("setsid", "util-linux"));
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  const handling = [setsid, "--fork", flock, "--nonblock", "--no-fork", quoted(exitLockOf(paths))];
  return `# Run by the monitor of a container when its process has ended. Written by Tallyman, which writes it anew.
${flock} --nonblock --shared ${quoted(lockOf(paths))} true || exit 0
cd /
export ${assignments.join(" ")}
exec ${handling.join(" ")} ${command.map(quoted).join(" ")} >> ${quoted(exitLogOf(paths))} 2>&1
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
