/** Questions to the person at the terminal, and passwords on standard input. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { TallymanError } from "../model/error.ts";

export interface AskOptions {
  readonly signal: AbortSignal;
  /** What is typed is not shown. */
  readonly isSecret: boolean;
}

/** Throws NO_TERMINAL where nobody is there, NOTHING_TYPED after Ctrl-D, and the signal's reason after Ctrl-C. */
export async function ask(question: string, { signal, isSecret }: AskOptions): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new TallymanError(
      "NO_TERMINAL",
      `there is no terminal to ask for "${question.replace(/: $/, "")}" at`,
      {
        hint: "Give --username, and the password by --password-stdin.",
      },
    );
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: isSecret ? nowhere : stderr, terminal: true });
  const closed = new AbortController();
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT")); // a terminal that hides its input passes on no Ctrl-C
  lines.on("close", () =>
    closed.abort(new TallymanError("NOTHING_TYPED", "nothing was typed", { hint: "Nothing was changed." })),
  );
  try {
    if (isSecret) stderr.write(question);
    return await lines.question(isSecret ? "" : question, {
      signal: AbortSignal.any([signal, closed.signal]),
    });
  } catch (error) {
    signal.throwIfAborted();
    closed.signal.throwIfAborted(); // readline says only that it was aborted
    throw error;
  } finally {
    lines.close();
    if (isSecret) stderr.write("\n");
  }
}

const maxPasswordBytes = 64 * 1024;

/** All of it, without the newline at its end. Throws PASSWORD_TOO_LONG. */
export async function readPassword(input: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > maxPasswordBytes) {
      throw new TallymanError("PASSWORD_TOO_LONG", "what comes on standard input is too long for a password");
    }
  }
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
