/** Tallyman as a user meets it: a program with arguments, an exit code and two outputs. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

export interface ProgramOptions {
  /** Over this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A command that runs it in some other way, such as `runuser -u nobody --`. */
  readonly under?: readonly string[];
  /** Its standard input, to the end; absent: none. */
  readonly input?: string;
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const tallyman = fileURLToPath(new URL("../../bin/tallyman", import.meta.url));

/** While it runs, and after. Disposing kills it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], { env, cwd, under = [], input }: ProgramOptions) {
    const [command = "", ...rest] = [...under, tallyman, ...args];
    this.#child = spawn(command, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    this.#child.stdin?.end(input);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = this.#end();
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("it could not be started");
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until one of its outputs has this; what it has printed since `mark` alone counts. */
  async prints(pattern: string | RegExp, { withinMs = 20_000, mark = unmarked } = {}): Promise<void> {
    const matches = (text: string): boolean =>
      typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
    await until(
      `it prints ${String(pattern)}`,
      () => {
        if (matches(this.stdout.slice(mark.stdout)) || matches(this.stderr.slice(mark.stderr))) return true;
        if (this.hasEnded) throw new Error(`it ended without printing ${String(pattern)}\n${this.output}`);
        return false;
      },
      { withinMs, instead: () => this.output },
    );
  }

  /** The end of what it has printed so far. */
  get mark(): Mark {
    return { stdout: this.stdout.length, stderr: this.stderr.length };
  }

  get output(): string {
    return `stdout:\n${this.stdout}\nstderr:\n${this.stderr}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended.catch(() => undefined);
  }

  async #end(): Promise<Ended> {
    const [exitCode] = (await once(this.#child, "close")) as [number | null];
    return { exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}

interface Mark {
  readonly stdout: number;
  readonly stderr: number;
}

const unmarked: Mark = { stdout: 0, stderr: 0 };
