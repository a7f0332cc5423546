/** Where a command writes: data to stdout, everything else to stderr. */
import { painter, type Paint } from "./paint.ts";

export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Progress, diagnostics, hints. */
  readonly err: (text: string) => void;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Calls back before each write by `out` and `err`: whoever draws on the screen makes way. */
  readonly beforeWrite: (listener: () => void) => Disposable;
}

export function openTerminal(): Terminal {
  const { stdout, stderr } = process;
  const listeners = new Set<() => void>();
  const write = (stream: NodeJS.WriteStream) => (text: string) => {
    for (const listener of listeners) listener();
    stream.write(text);
  };
  return {
    out: write(stdout),
    err: write(stderr),
    beforeWrite: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    paintOut: painter(stdout),
    paintErr: painter(stderr),
    stdout,
    stderr,
  };
}
