/** Usage from the files of cgroup v1. Pure. */
import { flatKeyed, limitIn, singleNumber, sum, type CgroupFiles, type CgroupUsage } from "./cgroup-files.ts";

/** Which of the schedulers counts depends on the kernel and the disk; the others stay at 0. */
const ioFiles = [
  "blkio.io_service_bytes_recursive",
  "blkio.bfq.io_service_bytes_recursive",
  "blkio.throttle.io_service_bytes_recursive",
] as const;

export const filesOfV1: readonly string[] = [
  "cpuacct.usage",
  "cpu.cfs_quota_us",
  "cpu.cfs_period_us",
  "memory.usage_in_bytes",
  "memory.stat",
  "memory.limit_in_bytes",
  "pids.current",
  "pids.max",
  ...ioFiles,
];

export function usageOfV1(files: CgroupFiles): CgroupUsage {
  const memory = singleNumber(files["memory.usage_in_bytes"]);
  const quota = limitIn(files["cpu.cfs_quota_us"]);
  return {
    cpuMs: singleNumber(files["cpuacct.usage"]) / 1e6,
    memoryBytes: Math.max(0, memory - flatKeyed(files["memory.stat"], "total_inactive_file")),
    pids: singleNumber(files["pids.current"]),
    readBytes: Math.max(...ioFiles.map((name) => transferred(files[name], "Read"))),
    writtenBytes: Math.max(...ioFiles.map((name) => transferred(files[name], "Write"))),
    limits: {
      cpus: quota === null ? null : quota / singleNumber(files["cpu.cfs_period_us"]),
      memoryBytes: limitIn(files["memory.limit_in_bytes"]),
      pids: limitIn(files["pids.max"]),
    },
  };
}

/** `8:0 Read 4096` for each device; the line with the total has no device. */
function transferred(text: string | undefined, direction: "Read" | "Write"): number {
  const lines = (text ?? "").matchAll(/^\d+:\d+ (\w+) (\d+)$/gm);
  return sum([...lines].map(([, way, bytes]) => (way === direction ? Number(bytes) : 0)));
}
