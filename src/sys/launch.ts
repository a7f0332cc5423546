/** Starts a program that puts itself in the background and outlives us. */
import { spawn } from "node:child_process";
import { codeOf, messageOf } from "../model/error.ts";
import { killGroup } from "./kill-group.ts";
import { CommandError } from "./run.ts";

export interface LaunchOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Inherited from descriptor 3 on. */
  readonly fds: readonly number[];
  /** It is killed after this, where it has not exited, with all that it has started. Default 60 s. */
  readonly timeoutMs?: number;
}

/**
 * Resolves when the program's first process has exited 0, which for a daemon means that it has forked. It shares no
 * pipe with us and leaves our session, so that neither our death nor a Ctrl-C reaches it.
 */
export async function launch(
  command: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const { timeoutMs = 60_000 } = options;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], ...options.env },
    detached: true,
    stdio: ["ignore", "ignore", "ignore", ...options.fds],
  });
  const fail = (code: string, why: string, details: { exitCode: number | null; cause?: unknown }): void =>
    reject(new CommandError(code, `${command} ${why}`, { stdout: "", stderr: "", ...details }));
  child.on("error", (cause) => {
    const why = codeOf(cause) === "ENOENT" ? "is not installed" : messageOf(cause);
    fail("COMMAND_NOT_STARTED", why, { exitCode: null, cause });
  });
  child.on("exit", (exitCode, killedBy) => {
    if (exitCode === 0) resolve(undefined);
    else fail("COMMAND_FAILED", `ended with ${killedBy ?? `exit code ${exitCode ?? "?"}`}`, { exitCode });
  });
  const giveUp = (): void => {
    killGroup(child);
    child.unref();
    fail("COMMAND_TIMEOUT", `was still running after ${timeoutMs} ms`, { exitCode: null });
  };
  let looking: NodeJS.Immediate | undefined;
  // That it has exited may be there to be read, where we were kept from it.
  const timer = setTimeout(() => (looking = setImmediate(giveUp)), timeoutMs);
  await promise.finally(() => {
    clearTimeout(timer);
    clearImmediate(looking);
  });
}
