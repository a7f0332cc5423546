/** Runs another program: an argv array, no shell, a deadline, bounded output. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { TallymanError } from "../model/error.ts";

export interface RunOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** It is killed after this. Default 60 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** More output than this is an error. Default 16 MiB. */
  readonly maxOutputBytes?: number;
  /** Given each line of its standard output, without its end, instead of all being kept: there may be any number. */
  readonly onLine?: (line: string) => void;
  /** Further inherited file descriptors, from 3 on. */
  readonly fds?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** The program could not be started, exited other than 0, or ran too long. */
export class CommandError extends TallymanError {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    code: string,
    message: string,
    result: RunResult & { exitCode: number | null; cause?: unknown },
  ) {
    super(code, message, { cause: result.cause });
    this.exitCode = result.exitCode;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

/** Resolves when the program exits 0; rejects with {@link CommandError} otherwise, or with the signal's reason. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const maxBytes = options.maxOutputBytes ?? 16 * 1024 * 1024;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(options.fds ?? [])],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let bytes = 0;
  let failure: { code: string; why: string } | undefined;

  const end = (code: string, why: string): void => {
    failure ??= { code, why };
    child.kill("SIGKILL");
  };
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) end("COMMAND_OUTPUT_TOO_LARGE", `printed more than ${maxBytes} bytes`);
    else into.push(chunk);
  };
  const timer = setTimeout(
    () => end("COMMAND_TIMEOUT", `was still running after ${timeoutMs} ms`),
    timeoutMs,
  );
  const abort = (): void => void child.kill("SIGKILL");
  options.signal?.addEventListener("abort", abort, { once: true });
  const settle = (): RunResult => {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
    return { stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") };
  };

  if (options.onLine === undefined) child.stdout?.on("data", collect(out));
  else if (child.stdout) createInterface({ input: child.stdout }).on("line", options.onLine);
  child.stderr?.on("data", collect(err));
  child.stdin?.on("error", () => undefined); // it may exit before it has read its input; its exit code tells
  child.stdin?.end(options.input);
  child.on("error", (cause) => {
    const why = "code" in cause && cause.code === "ENOENT" ? "is not installed" : cause.message;
    reject(
      new CommandError("COMMAND_NOT_STARTED", `${command} ${why}`, { ...settle(), exitCode: null, cause }),
    );
  });
  child.on("close", (exitCode, killedBy) => {
    const result = settle();
    if (options.signal?.aborted === true) reject(options.signal.reason as Error);
    else if (failure) {
      reject(new CommandError(failure.code, `${command} ${failure.why}`, { ...result, exitCode }));
    } else if (exitCode === 0) resolve(result);
    else {
      const why =
        result.stderr.trim() ||
        result.stdout.trim() ||
        `ended with ${killedBy ?? `exit code ${exitCode ?? "?"}`}`;
      reject(new CommandError("COMMAND_FAILED", `${command}: ${why}`, { ...result, exitCode }));
    }
  });
  return promise;
}
