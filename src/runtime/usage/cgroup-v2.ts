/** Usage from the files of cgroup v2. Pure. */
import { flatKeyed, limitIn, singleNumber, sum, type CgroupFiles, type CgroupUsage } from "./cgroup-files.ts";

export const filesOfV2: readonly string[] = [
  "cpu.stat",
  "cpu.max",
  "memory.current",
  "memory.stat",
  "memory.max",
  "pids.current",
  "pids.max",
  "io.stat",
];

export function usageOfV2(files: CgroupFiles): CgroupUsage {
  const [quotaText, period] = (files["cpu.max"] ?? "").trim().split(" ");
  const quota = limitIn(quotaText === "" ? undefined : quotaText);
  const memory = singleNumber(files["memory.current"]);
  return {
    cpuMs: flatKeyed(files["cpu.stat"], "usage_usec") / 1e3,
    memoryBytes: Math.max(0, memory - flatKeyed(files["memory.stat"], "inactive_file")),
    pids: singleNumber(files["pids.current"]),
    readBytes: transferred(files["io.stat"], "rbytes"),
    writtenBytes: transferred(files["io.stat"], "wbytes"),
    limits: {
      cpus: quota === null ? null : quota / Number(period),
      memoryBytes: limitIn(files["memory.max"]),
      pids: limitIn(files["pids.max"]),
    },
  };
}

/** `8:0 rbytes=4096 wbytes=0 rios=1 ...` for each device. */
function transferred(text: string | undefined, key: "rbytes" | "wbytes"): number {
  return sum([...(text ?? "").matchAll(new RegExp(` ${key}=(\\d+)`, "g"))].map(([, bytes]) => Number(bytes)));
}
