/** When this host came up, by its clock as it is now: in milliseconds since the epoch, to the second. */
import { readFileSync } from "node:fs";

export function upSince(): number {
  const [, seconds = "0"] = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8")) ?? [];
  return Number(seconds) * 1000;
}
