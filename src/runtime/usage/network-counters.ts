/** Traffic of a network namespace, from `/proc/[pid]/net/dev`. Pure. */
import { sum } from "./cgroup-files.ts";
import type { NetworkCounters } from "./usage.ts";

/** Two lines of head, then `name: received-bytes ... sent-bytes ...`, eight columns each. */
export function networkCounters(text: string): NetworkCounters {
  const rows = text
    .split("\n")
    .slice(2)
    .map((line) => line.trim().split(/[:\s]+/))
    .filter(([name]) => name !== "lo" && name !== "");
  const column = (index: number): number => sum(rows.map((row) => Number(row[index] ?? 0)));
  return { receivedBytes: column(1), sentBytes: column(9) };
}
