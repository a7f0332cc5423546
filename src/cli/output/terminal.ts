/** Where a command writes: data to stdout, everything else to stderr. */
import { painter, type Paint } from "./paint.ts";

export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Progress, diagnostics, hints. */
  readonly err: (text: string) => void;
  readonly paintOut: Paint;
  readonly paintErr: Paint;
  readonly stderr: NodeJS.WriteStream;
}

export function openTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    paintOut: painter(stdout),
    paintErr: painter(stderr),
    stderr,
  };
}
