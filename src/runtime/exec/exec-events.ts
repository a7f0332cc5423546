/** Tells the journal of commands that people run in containers. */
import { randomBytes } from "node:crypto";
import { eventContainer } from "../container/event-container.ts";
import type { ContainerRecord } from "../container/record.ts";
import { recordEvent } from "../events/journal.ts";
import type { RuntimePaths } from "../types.ts";

/** Of what is told of a command. */
const longestText = 1000;

/** Tells its start. What it returns tells its end; null where nobody saw with which code. */
export function tellExecStart(
  { dataDir }: RuntimePaths,
  record: ContainerRecord,
  argv: readonly string[],
): (exitCode: number | null) => void {
  const container = eventContainer(record);
  const text = argv.join(" ");
  const command = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  const about = { container, execId: randomBytes(6).toString("hex"), command };
  recordEvent(dataDir, { kind: "exec_start", ...about });
  return (exitCode) => recordEvent(dataDir, { kind: "exec_die", ...about, exitCode });
}
