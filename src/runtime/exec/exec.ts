/** Runs a further process in a running container, beside whoever holds the lock. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerId } from "../../model/ids.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { requireRecord } from "../container/record.ts";
import { tellExecStart } from "./exec-events.ts";
import { layoutOf } from "../container/layout.ts";
import type { RuntimePaths } from "../types.ts";
import { prepareExec } from "./prepare-exec.ts";
import type { ExecRequest } from "./request.ts";
import { spawnExec } from "./spawn-exec.ts";

export interface ExecSession {
  /** Passes a signal on to the process inside. */
  signal(name: NodeJS.Signals): void;
  /** When it has ended and nothing holds its output any more; 128 + n where a signal ended it. */
  readonly exitCode: Promise<number>;
}

/**
 * With our own standard input, outputs and, where it has one, terminal, whose keys and changes of size go to the
 * process inside. Without a terminal, a Ctrl-C reaches it only through {@link ExecSession.signal}.
 * Throws what {@link prepareExec} throws; `exitCode` rejects with EXEC_REFUSED.
 */
export async function exec(paths: RuntimePaths, id: ContainerId, request: ExecRequest): Promise<ExecSession> {
  const process = await prepareExec(paths, id, request);
  const tellEnd = tellExecStart(paths, requireRecord(paths, id), process);
  const { runc, exitCode } = spawnExec(paths, id, {
    process,
    stdio: ["inherit", "inherit", "inherit"],
    ownSession: !process.terminal,
  });
  return { signal: (name) => runc.signal(name), exitCode: told(exitCode, tellEnd) };
}

/**
 * Resolves when it runs, and leaves it to itself; its output goes nowhere. runc stays with it, since the container
 * could not end before somebody has taken note of this process's end, and not every host's first process does.
 */
export async function execDetached(
  paths: RuntimePaths,
  id: ContainerId,
  request: Omit<ExecRequest, "terminal">,
): Promise<void> {
  const process = await prepareExec(paths, id, request);
  tellExecStart(paths, requireRecord(paths, id), process);
  const pidFile = join(layoutOf(paths, id).bundle, `exec-${randomUUID()}`);
  const { runc, exitCode } = spawnExec(paths, id, {
    process,
    stdio: ["ignore", "ignore", "ignore"],
    ownSession: true,
    options: ["--pid-file", pidFile],
  });
  let hasEnded = false;
  const ended = exitCode.finally(() => (hasEnded = true));
  const runs = waitUntil(() => hasEnded || existsSync(pidFile), { timeoutMs: startTimeoutMs });
  await Promise.race([runs, ended]);
  runc.leave();
  await rm(pidFile, { force: true });
}

async function told(exitCode: Promise<number>, tellEnd: (exitCode: number | null) => void): Promise<number> {
  let code: number | null = null;
  try {
    code = await exitCode;
    return code;
  } finally {
    tellEnd(code);
  }
}

const startTimeoutMs = 60_000;
