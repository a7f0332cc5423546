/** Looks at the machine for what the spec depends on. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { join } from "node:path";
import { hostDevices } from "./devices/host-devices.ts";
import { hasAppArmor } from "./app-armor/load-default-profile.ts";
import type { Cgroups } from "./cgroup/cgroups.ts";
import { allCapabilities } from "../../model/capabilities.ts";
import type { HostFacts } from "./spec/host-facts.ts";

export function inspectHost(cgroups: Cgroups, options: { readonly withDevices: boolean }): HostFacts {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  return {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    kernel: [major, minor],
    capabilities: ownCapabilities(),
    hardLimits: ownHardLimits(),
    cgroupVersion: cgroups.version,
    swapAccounting: cgroups.swapAccounting,
    blockIoWeight: cgroups.blockIoWeight,
    appArmor: hasAppArmor(),
    ipcMounts: ["/dev/mqueue", "/dev/shm"].filter((path) => existsSync(path)),
    oomScoreAdj: Number(readFileSync("/proc/self/oom_score_adj", "utf8")),
    hostname: hostname(),
    devices: options.withDevices ? hostDevices() : [],
    thermalThrottles: thermalThrottles(),
  };
}

/** Those that we can give, `CAP_` names. */
export function ownCapabilities(): readonly string[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const mask = (field: string): bigint =>
    BigInt(`0x${new RegExp(`^${field}:\\s*(\\w+)`, "m").exec(status)?.[1] ?? 0}`);
  const own = mask("CapPrm") & mask("CapBnd");
  return allCapabilities.filter((_name, number) => ((own >> BigInt(number)) & 1n) === 1n);
}

/** Names in proc(5), `/proc/[pid]/limits`. */
const limitNames: Readonly<Record<string, string>> = {
  "Max cpu time": "RLIMIT_CPU",
  "Max file size": "RLIMIT_FSIZE",
  "Max data size": "RLIMIT_DATA",
  "Max stack size": "RLIMIT_STACK",
  "Max core file size": "RLIMIT_CORE",
  "Max resident set": "RLIMIT_RSS",
  "Max processes": "RLIMIT_NPROC",
  "Max open files": "RLIMIT_NOFILE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max address space": "RLIMIT_AS",
  "Max file locks": "RLIMIT_LOCKS",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
};

function ownHardLimits(): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {};
  for (const line of readFileSync("/proc/self/limits", "utf8").split("\n")) {
    const [, name = "", hard] = /^(.{25}) \S+ +(\S+)/.exec(line) ?? [];
    const type = limitNames[name.trim()];
    if (type !== undefined) limits[type] = hard === "unlimited" ? Infinity : Number(hard);
  }
  return limits;
}

function thermalThrottles(): readonly string[] {
  const folder = "/sys/devices/system/cpu";
  return readdirSync(folder)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => join(folder, name, "thermal_throttle"))
    .filter((path) => existsSync(path));
}
