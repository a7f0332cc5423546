/** Lines of logs as a person or a program reads them: each says whose it is, unless there is only one. Pure. */
import type { Replica } from "../../agent/replica.ts";
import { printableInColour } from "../../model/printable.ts";
import type { LogLine } from "../../runtime/types.ts";
import { hues, type Paint } from "./paint.ts";

export interface LogEntry extends LogLine {
  readonly replica: Replica;
}

export interface LogFormat {
  readonly format: "table" | "json";
  readonly withTimes: boolean;
  readonly paint: Paint;
  /** It is for a person's terminal, which a container is not to command; else its bytes stay as they are. */
  readonly onTerminal: boolean;
}

/** Whose lines are to come may grow while they are written. */
export class LogWriter {
  readonly #names = new Set<string>();
  readonly #options: LogFormat;

  constructor(options: LogFormat) {
    this.#options = options;
  }

  /** Lines of this one may come. */
  expect({ name }: Replica): void {
    this.#names.add(name);
  }

  /** With its newline. */
  text(entry: LogEntry): string {
    const { format, withTimes, onTerminal } = this.#options;
    if (format === "json") return entryJson(entry);
    const time = withTimes ? `${new Date(entry.time).toISOString()} ` : "";
    const text = onTerminal ? printableInColour(entry.text) : entry.text;
    return `${this.#prefix(entry.replica)}${time}${text}\n`;
  }

  #prefix({ name }: Replica): string {
    const names = [...this.#names];
    if (names.length === 1) return "";
    const width = Math.max(...names.map(({ length }) => length));
    const hue = hues[names.indexOf(name) % hues.length] ?? hues[0];
    return `${this.#options.paint(hue, `${name.padEnd(width)} |`)} `;
  }
}

/** One JSON document a line: a log is a stream. */
function entryJson({ replica, stream, time, text }: LogEntry): string {
  return `${JSON.stringify({ time: new Date(time).toISOString(), container: replica.id, name: replica.name, stream, text })}\n`;
}
