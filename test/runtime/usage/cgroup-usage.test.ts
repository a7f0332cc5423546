import { describe, expect, it } from "vitest";
import type { CgroupFiles } from "../../../src/runtime/usage/cgroup-files.ts";
import { usageOfV1 } from "../../../src/runtime/usage/cgroup-v1.ts";
import { usageOfV2 } from "../../../src/runtime/usage/cgroup-v2.ts";
import { cpusUsed, type Usage } from "../../../src/runtime/usage/usage.ts";

const noLimits = { cpus: null, memoryBytes: null, pids: null };
const nothing = { cpuMs: 0, memoryBytes: 0, pids: 0, readBytes: 0, writtenBytes: 0, limits: noLimits };

describe("cgroup v1", () => {
  it("of a container with limits", () => {
    const files = {
      "cpuacct.usage": "1500000000\n",
      "cpu.cfs_quota_us": "50000\n",
      "cpu.cfs_period_us": "100000\n",
      "memory.usage_in_bytes": "10000000\n",
      "memory.stat": "inactive_file 1\nhierarchical_memory_limit 67108864\ntotal_inactive_file 4000000\n",
      "memory.limit_in_bytes": "67108864\n",
      "pids.current": "3\n",
      "pids.max": "50\n",
      "blkio.throttle.io_service_bytes_recursive":
        "8:0 Read 4096\n8:0 Write 8192\n8:0 Total 12288\n253:1 Read 100\n253:1 Write 0\nTotal 12388\n",
    };
    expect(usageOfV1(files)).toEqual({
      cpuMs: 1500,
      memoryBytes: 6_000_000,
      pids: 3,
      readBytes: 4196,
      writtenBytes: 8192,
      limits: { cpus: 0.5, memoryBytes: 67_108_864, pids: 50 },
    });
  });

  it.each<[string, CgroupFiles]>([
    ["no limit is -1", { "cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n" }],
    ["no limit is more than any machine has", { "memory.limit_in_bytes": "9223372036854771712\n" }],
    ["no limit is `max`", { "pids.max": "max\n" }],
    [
      "a scheduler that does not count says only its total",
      { "blkio.bfq.io_service_bytes_recursive": "Total 0\n" },
    ],
    ["a controller that is off has no files", {}],
  ])("%s", (_what, files) => {
    expect(usageOfV1(files)).toEqual(nothing);
  });

  it("takes the disk's figures from the scheduler that counts", () => {
    const files = {
      "blkio.bfq.io_service_bytes_recursive": "8:0 Read 10\n8:0 Write 20\nTotal 30\n",
      "blkio.throttle.io_service_bytes_recursive": "Total 0\n",
    };
    expect(usageOfV1(files)).toEqual({ ...nothing, readBytes: 10, writtenBytes: 20 });
  });
});

describe("cgroup v2", () => {
  it("of a container with limits", () => {
    const files = {
      "cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 3\n",
      "cpu.max": "150000 100000\n",
      "memory.current": "10000000\n",
      "memory.stat": "anon 1\nactive_file 7\ninactive_file 4000000\n",
      "memory.max": "67108864\n",
      "pids.current": "3\n",
      "pids.max": "50\n",
      "io.stat":
        "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=5 dios=0\n253:1 rbytes=100 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n",
    };
    expect(usageOfV2(files)).toEqual({
      cpuMs: 1500,
      memoryBytes: 6_000_000,
      pids: 3,
      readBytes: 4196,
      writtenBytes: 8192,
      limits: { cpus: 1.5, memoryBytes: 67_108_864, pids: 50 },
    });
  });

  it.each<[string, CgroupFiles]>([
    ["no limit is `max`", { "cpu.max": "max 100000\n", "memory.max": "max\n", "pids.max": "max\n" }],
    ["a container that has used no disk has an empty file", { "io.stat": "" }],
    ["a controller that is off has no files", {}],
  ])("%s", (_what, files) => {
    expect(usageOfV2(files)).toEqual(nothing);
  });
});

describe("the share of processors", () => {
  const at = (time: number, cpuMs: number): Usage => ({ ...nothing, time, cpuMs, network: null });

  it.each([
    ["half of one", at(1000, 100), at(2000, 600), 0.5],
    ["two", at(0, 0), at(500, 1000), 2],
    ["none after a restart, which begins anew", at(0, 5000), at(1000, 10), 0],
    ["none where no time has passed", at(1000, 100), at(1000, 100), 0],
  ])("is %s", (_what, before, after, share) => {
    expect(cpusUsed(before, after)).toBe(share);
  });
});
