/** Runs another program: an argv array, no shell, a deadline, bounded output. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { TallymanError } from "../model/error.ts";
import { killGroup } from "./kill-group.ts";

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
  /**
   * Where it is killed, what it has started is, too: for programs that may be scripts, and leave nothing that is to
   * live. In a session of its own, no Ctrl-C at our terminal reaches it.
   */
  readonly withChildren?: boolean;
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

/** For what is still in a pipe whose other end somebody keeps open. */
const momentMs = 1_000;

/**
 * Resolves when the program exits 0; rejects with {@link CommandError} otherwise, or with the signal's reason. What it
 * has left behind, and what no kill ends, is not waited for: it may have its output, but for a moment only.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const maxBytes = options.maxOutputBytes ?? 16 * 1024 * 1024;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const { withChildren = false } = options;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(options.fds ?? [])],
    detached: withChildren,
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let bytes = 0;
  let failure: { code: string; why: string } | undefined;
  let moment: NodeJS.Timeout | undefined;

  const settle = (): RunResult => {
    clearTimeout(timer);
    clearTimeout(moment);
    options.signal?.removeEventListener("abort", kill);
    return { stdout: Buffer.concat(out).toString("utf8"), stderr: Buffer.concat(err).toString("utf8") };
  };
  const conclude = (exitCode: number | null, killedBy: NodeJS.Signals | null): void => {
    const result = settle();
    if (options.signal?.aborted === true) reject(options.signal.reason as Error);
    else if (failure) {
      reject(new CommandError(failure.code, `${command} ${failure.why}`, { ...result, exitCode }));
    } else if (exitCode === 0) resolve(result);
    else reject(failed(command, { ...result, exitCode, killedBy }));
  };
  const letGo = (): void => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    child.unref();
    conclude(child.exitCode, child.signalCode);
  };
  const letGoSoon = (): void => {
    clearTimeout(timer);
    // What is there to be read is read first, also where we were kept from it for longer than the moment.
    moment ??= setTimeout(() => setImmediate(letGo), momentMs);
  };
  const kill = (): void => {
    if (withChildren) killGroup(child);
    else child.kill("SIGKILL");
    letGoSoon();
  };
  const end = (code: string, why: string): void => {
    failure ??= { code, why };
    kill();
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
  options.signal?.addEventListener("abort", kill, { once: true });

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
  child.on("exit", letGoSoon);
  child.on("close", conclude);
  return promise;
}

function failed(
  command: string,
  result: RunResult & { readonly exitCode: number | null; readonly killedBy: NodeJS.Signals | null },
): CommandError {
  const { stdout, stderr, exitCode, killedBy } = result;
  const why = stderr.trim() || stdout.trim() || `ended with ${killedBy ?? `exit code ${exitCode ?? "?"}`}`;
  return new CommandError("COMMAND_FAILED", `${command}: ${why}`, { stdout, stderr, exitCode });
}
