/** Starts a program that works for whoever started us: with our own input and outputs, ended with a code of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { codeOf, messageOf } from "../model/error.ts";
import { CommandError } from "./run.ts";

export interface StartOptions {
  /** Of standard input, output and error; a number is a descriptor of ours. */
  readonly stdio: readonly [Stream, Stream, Stream];
  /** Further inherited file descriptors, from 3 on. */
  readonly fds: readonly number[];
  /** Default: ours. */
  readonly cwd?: string;
  /** Beside our PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a session of its own, a Ctrl-C at our terminal reaches it only if we pass it on. */
  readonly ownSession: boolean;
}

type Stream = "inherit" | "ignore" | "pipe" | number;

export interface StartedProgram {
  /** 0 where it could not be started. */
  readonly pid: number;
  readonly streams: Pick<ChildProcess, "stdin" | "stdout" | "stderr">;
  signal(name: NodeJS.Signals): void;
  /** Leaves it to itself: we may end before it does. */
  leave(): void;
  /** Rejects with {@link CommandError} where it could not be started. */
  readonly exit: Promise<ProgramExit>;
}

export interface ProgramExit {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
}

/** Its environment is our PATH, and what is asked for. */
export function startProgram(
  command: string,
  args: readonly string[],
  { stdio, fds, ownSession, cwd, env }: StartOptions,
): StartedProgram {
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], ...env },
    cwd,
    stdio: [...stdio, ...fds],
    detached: ownSession,
  });
  return {
    pid: child.pid ?? 0,
    streams: child,
    signal: (name) => void child.kill(name),
    leave: () => child.unref(),
    exit: exitOf(child, command),
  };
}

async function exitOf(child: ChildProcess, command: string): Promise<ProgramExit> {
  try {
    const [code, killedBy] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return { code, killedBy };
  } catch (cause) {
    const why = codeOf(cause) === "ENOENT" ? "is not installed" : messageOf(cause);
    const result = { stdout: "", stderr: "", exitCode: null, cause };
    throw new CommandError("COMMAND_NOT_STARTED", `${command} ${why}`, result);
  }
}
