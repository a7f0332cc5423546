/** Tells the journal of commands that people run in containers. */
import { randomBytes } from "node:crypto";
import { eventContainer } from "../container/event-container.ts";
import type { ContainerRecord } from "../container/record.ts";
import type { OciProcess } from "../container/spec/oci-spec.ts";
import { recordEvent } from "../events/journal.ts";
import type { RuntimePaths } from "../types.ts";
import { commandText } from "./command-text.ts";

/** Tells its start. What it returns tells its end; null where nobody saw with which code. */
export function tellExecStart(
  { dataDir }: RuntimePaths,
  record: ContainerRecord,
  process: OciProcess,
): (exitCode: number | null) => void {
  const container = eventContainer(record);
  const about = { container, execId: randomBytes(6).toString("hex"), command: commandText(process) };
  recordEvent(dataDir, { kind: "exec_start", ...about });
  return (exitCode) => recordEvent(dataDir, { kind: "exec_die", ...about, exitCode });
}
