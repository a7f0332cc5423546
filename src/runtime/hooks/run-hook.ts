/** Runs a hook in a container that runs: to its end, or to its deadline. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hook } from "../../model/hook.ts";
import { identify, signalGroup } from "../../sys/process.ts";
import { layoutOf } from "../container/layout.ts";
import type { ContainerRecord } from "../container/record.ts";
import { tellExecStart } from "../exec/exec-events.ts";
import { prepareExec } from "../exec/prepare-exec.ts";
import { spawnExec } from "../exec/spawn-exec.ts";
import type { RuntimePaths } from "../types.ts";

const sigkill = 9;

/**
 * What is wrong with it, as a phrase; undefined where it has ended with 0. Where we die, it goes on by itself. What it
 * prints is nobody's: it may be secret, and without an end. Throws what {@link prepareExec} throws.
 */
export async function runHook(
  paths: RuntimePaths,
  record: ContainerRecord,
  { hook, timeoutMs }: { readonly hook: Hook; readonly timeoutMs: number },
): Promise<string | undefined> {
  const process = await prepareExec(paths, record.id, hook);
  const tellEnd = tellExecStart(paths, record, process);
  const pidFile = join(layoutOf(paths, record.id).bundle, `hook-${randomUUID()}`);
  const { runc, exitCode } = spawnExec(paths, record.id, {
    process,
    stdio: ["ignore", "ignore", "ignore"],
    ownSession: true,
    options: ["--pid-file", pidFile],
  });
  const time = { isUp: false };
  const timer = setTimeout(() => {
    time.isUp = true;
    if (!killHook(pidFile)) runc.signal("SIGKILL");
  }, timeoutMs);
  const code = await exitCode.catch(() => null).finally(() => clearTimeout(timer));
  tellEnd(code);
  await rm(pidFile, { force: true });
  if (time.isUp) return `did not end within ${Math.round(timeoutMs / 100) / 10} s`;
  return code === 0 ? undefined : `ended with ${code ?? "an unknown code"}`;
}

function killHook(pidFile: string): boolean {
  try {
    const leader = identify(Number(readFileSync(pidFile, "utf8")));
    return leader !== undefined && signalGroup(leader, sigkill);
  } catch {
    return false; // it has no process yet
  }
}
