/** QEMU's guest agent, which runs commands in a machine for us: one JSON document a line, over a unix socket. */
import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface GuestResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const answerTimeoutMs = 5 * 60_000;

export class GuestAgent implements Disposable {
  readonly #socket: Socket;
  #received = "";
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text: string) => (this.#received += text));
    socket.on("error", () => undefined); // the machine is gone: the answer that is awaited will not come
  }

  /** Resolves when the agent answers; rejects after that time, or soon after `signal` is aborted. */
  static async connect(path: string, { withinMs, signal }: ConnectOptions): Promise<GuestAgent> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const agent = new GuestAgent(connect(path));
      try {
        await agent.#synchronise();
        return agent;
      } catch (error) {
        agent[Symbol.dispose]();
        if (signal.aborted || performance.now() > deadline) throw error;
        await delay(500);
      }
    }
  }

  /** Runs a line for the shell to its end. */
  async run(line: string, { withinMs }: { readonly withinMs: number }): Promise<GuestResult> {
    const order = { path: "/bin/sh", arg: ["-c", line], "capture-output": true };
    const { pid } = (await this.#ask("guest-exec", order)) as { pid: number };
    const deadline = performance.now() + withinMs;
    for (;;) {
      const status = (await this.#ask("guest-exec-status", { pid })) as ExecStatus;
      if (status.exited) {
        return {
          exitCode: status.exitcode ?? -1,
          stdout: decode(status["out-data"]),
          stderr: decode(status["err-data"]),
        };
      }
      if (performance.now() > deadline) throw new Error(`in the machine, not within ${withinMs} ms: ${line}`);
      await delay(200);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** Skips answers to questions that were asked before there was anybody to hear the answer. */
  async #synchronise(): Promise<void> {
    const id = randomInt(2 ** 31);
    this.#write("guest-sync", { id });
    const deadline = performance.now() + 10_000;
    while ((await this.#answer("guest-sync", deadline)).return !== id);
  }

  async #ask(execute: string, args: object): Promise<unknown> {
    const turn = this.#turn.then(async () => {
      this.#write(execute, args);
      const answer = await this.#answer(execute, performance.now() + answerTimeoutMs);
      if (answer.error) throw new Error(`${execute}: ${answer.error.desc}`);
      return answer.return;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #write(execute: string, args: object): void {
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
  }

  /** The next line. */
  async #answer(execute: string, deadline: number): Promise<Answer> {
    while (!this.#received.includes("\n")) {
      if (this.#socket.closed) throw new Error(`the machine is gone: nobody answers ${execute}`);
      if (performance.now() > deadline) throw new Error(`the machine's agent does not answer ${execute}`);
      await delay(20);
    }
    const end = this.#received.indexOf("\n");
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 1);
    return JSON.parse(line) as Answer;
  }
}

interface ConnectOptions {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

const decode = (data = ""): string => Buffer.from(data, "base64").toString("utf8");
