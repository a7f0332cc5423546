/** Joins our own input and outputs to those of a container. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Attachment, OutputChunk } from "../runtime/attach/attach.ts";
import { DetachKeys } from "./detach-keys.ts";

export interface RelayOptions {
  /** The container has a terminal. */
  readonly terminal: boolean;
  /** Hand on what we are given. */
  readonly input: boolean;
  /** Ctrl-P Ctrl-Q is the way out. */
  readonly canLeave: boolean;
}

/**
 * Until the container's output ends, or Ctrl-P Ctrl-Q is typed. Where both sides have a terminal, ours is raw meanwhile:
 * its keys are the container's, Ctrl-C too, and so is its size.
 */
export async function relay(
  attachment: Attachment,
  { terminal, input, canLeave }: RelayOptions,
): Promise<"ended" | "detached"> {
  using ending = new DisposableStack();
  const isRaw = terminal && input && process.stdin.isTTY;
  if (isRaw) {
    process.stdin.setRawMode(true);
    ending.defer(() => process.stdin.setRawMode(false));
  }
  if (terminal && process.stdout.isTTY) ending.use(passSize(attachment));
  const detached = Promise.withResolvers<"detached">();
  if (input)
    ending.use(
      passInput(attachment, { hasKeys: isRaw && canLeave, onDetach: () => detached.resolve("detached") }),
    );
  return await Promise.race([passOutput(attachment), detached.promise]);
}

function passSize(attachment: Attachment): Disposable {
  const { stdout } = process;
  const tell = (): void => attachment.resize({ columns: stdout.columns, lines: stdout.rows });
  tell();
  stdout.on("resize", tell);
  return { [Symbol.dispose]: () => stdout.off("resize", tell) };
}

const unreadMs = 1_000;

interface InputOptions {
  readonly hasKeys: boolean;
  readonly onDetach: () => void;
}

function passInput(attachment: Attachment, { hasKeys, onDetach }: InputOptions): Disposable {
  const { stdin } = process;
  const keys = new DetachKeys();
  let last: Promise<void> = Promise.resolve();
  const onData = (typed: Buffer): void => {
    const { bytes, isDetached } = hasKeys ? keys.scan(typed) : { bytes: typed, isDetached: false };
    stdin.pause(); // one chunk at a time: a program that does not read holds its writer up
    last = attachment.send(bytes).then(() => void stdin.resume());
    // What was typed before the keys still goes there, unless nobody reads it.
    if (isDetached) void Promise.race([last, delay(unreadMs, undefined, { ref: false })]).then(onDetach);
  };
  const onEnd = (): void => void last.then(() => attachment.endInput());
  stdin.on("data", onData).on("end", onEnd);
  return {
    [Symbol.dispose]: () => {
      stdin.off("data", onData).off("end", onEnd);
      void last.then(() => stdin.pause());
      stdin.pause();
    },
  };
}

async function passOutput(attachment: Attachment): Promise<"ended"> {
  for await (const { stream, bytes } of attachment.output()) await write(stream, bytes);
  return "ended";
}

async function write(stream: OutputChunk["stream"], bytes: Uint8Array): Promise<void> {
  const target = process[stream];
  if (!target.write(bytes)) await once(target, "drain");
}
