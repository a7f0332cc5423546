/**
 * Lines out of conmon's k8s-file format (Kubernetes CRI logs): `TIME STREAM F|P TEXT`, where P is a piece whose line
 * goes on in the stream's next entry.
 */
import type { LogLine } from "../types.ts";

export interface AssembledLine extends LogLine {
  /** False where its beginning may lie before the first byte that was given. */
  readonly whole: boolean;
}

/** A longer line is given out in pieces of about this. */
const maxLineBytes = 1024 * 1024;

type Stream = LogLine["stream"];

interface Pending {
  readonly time: number;
  readonly whole: boolean;
  readonly pieces: readonly string[];
  readonly bytes: number;
}

/** Text goes in as latin1, one character a byte: a piece may end within a character. */
export class LineAssembler {
  readonly #pending = new Map<Stream, Pending>();
  readonly #ended = new Set<Stream>();
  readonly #fromStart: boolean;
  #rest = "";

  /** `fromStart`: the first byte to come is the first of the log. */
  constructor(options: { readonly fromStart: boolean }) {
    this.#fromStart = options.fromStart;
  }

  /** The lines that end within `text`. */
  push(text: string): readonly AssembledLine[] {
    const entries = (this.#rest + text).split("\n");
    this.#rest = entries.pop() ?? "";
    return entries.flatMap((entry) => this.#add(entry));
  }

  /** Lines that were begun and never ended, for when nothing more will come. */
  end(): readonly AssembledLine[] {
    const lines = [...this.#pending].map(([stream, pending]) => toLine(stream, pending));
    this.#pending.clear();
    return lines;
  }

  #add(text: string): readonly AssembledLine[] {
    const entry = parseEntry(text);
    if (!entry) return [];
    const { stream, time, text: piece, last } = entry;
    const before = this.#pending.get(stream);
    const pending: Pending = {
      time: before?.time ?? time,
      whole: before?.whole ?? (this.#fromStart || this.#ended.has(stream)),
      pieces: [...(before?.pieces ?? []), piece],
      bytes: (before?.bytes ?? 0) + piece.length,
    };
    if (!last && pending.bytes < maxLineBytes) {
      this.#pending.set(stream, pending);
      return [];
    }
    this.#pending.delete(stream);
    this.#ended.add(stream);
    return [toLine(stream, pending)];
  }
}

interface Entry {
  readonly stream: Stream;
  readonly time: number;
  readonly text: string;
  readonly last: boolean;
}

/** Undefined for what is not an entry: the tail of one whose beginning was not read, or a torn write. */
function parseEntry(text: string): Entry | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP]) /.exec(text);
  const [head = "", time = "", stream, tag] = match ?? [];
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds) || (stream !== "stdout" && stream !== "stderr")) return undefined;
  return { stream, time: milliseconds, text: text.slice(head.length), last: tag === "F" };
}

function toLine(stream: Stream, { time, whole, pieces }: Pending): AssembledLine {
  return { stream, time, whole, text: Buffer.from(pieces.join(""), "latin1").toString("utf8") };
}
