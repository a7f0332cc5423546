/** One line of the journal. Pure. */
import { eventKinds, type EventKind, type RuntimeEvent } from "./event.ts";

/** Undefined for a line that was cut, or that a later version wrote. */
export function parseEvent(line: string): RuntimeEvent | undefined {
  const { time, ...happening } = fieldsOf(line);
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(at) || !isKnown(happening["kind"])) return undefined;
  const subject = happening["container"] ?? happening["image"];
  // Its form was checked when it was written, by us; here only that it is one.
  return subject === undefined ? undefined : ({ time: at, ...happening } as unknown as RuntimeEvent);
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function isKnown(kind: unknown): boolean {
  return eventKinds.includes(kind as EventKind);
}
