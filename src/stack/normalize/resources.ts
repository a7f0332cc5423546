/** How much of the host a container may use; what is out of range is said. */
import type { ResourceLimits } from "../../model/container-spec.ts";
import { parseSize } from "../../document/size.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { blockIoOf } from "./block-io.ts";
import { within } from "./within.ts";

interface Context {
  readonly path: string;
  readonly checking: Checking;
}

/** 0 is no limit, and so is -1 for processes. */
export function resourceLimits(service: CanonicalService, context: Context): ResourceLimits {
  const blockIo = blockIoOf(service, context);
  return {
    ...cpuLimits(service, context),
    ...memoryLimits(service, context),
    ...processLimits(service, context),
    ...(blockIo === undefined ? {} : { blockIo }),
  };
}

/** More CPUs than any machine has; PID_MAX_LIMIT of the kernel. */
const maxCpus = 100_000;
const minCpus = 0.01;
const maxPids = 2 ** 22;

const outside = (value: number, least: number, most: number): boolean =>
  value !== 0 && !(value >= least && value <= most);

function reject({ path, checking }: Context, key: string, [message, hint]: readonly [string, string]): void {
  errorAt(checking, `${path}.${key}`, { code: "invalid-value", message: `${path} ${message}`, hint });
}

function processLimits(service: CanonicalService, context: Context): ResourceLimits {
  const pids = service.deploy?.resources?.limits?.pids ?? service.pids_limit ?? 0;
  if (outside(pids, -1, maxPids)) {
    reject(context, "pids_limit", [
      `has a limit of ${pids} processes`,
      `Write a number up to ${maxPids}, or -1 for no limit.`,
    ]);
  }
  return pids > 0 ? { pids } : {};
}

function cpuLimits(service: CanonicalService, context: Context): ResourceLimits {
  const cpus = service.deploy?.resources?.limits?.cpus ?? service.cpus ?? 0;
  const { cpu_quota: quota = 0, cpu_period: period = 0, cpu_shares: shares = 0, cpuset = "" } = service;
  const at = (key: string): Context => ({ ...context, path: `${context.path}.${key}` });
  if (outside(cpus, minCpus, maxCpus)) {
    reject(context, "cpus", [
      `has a limit of ${cpus} CPUs`,
      `Write a number from ${minCpus} on, such as 0.5.`,
    ]);
  }
  if (cpus > 0 && (quota > 0 || period > 0)) {
    reject(context, "cpu_quota", [
      "limits its CPU time twice, by cpus and by cpu_quota or cpu_period",
      "Keep cpus and remove the other.",
    ]);
  }
  const periodHint = "Write microseconds from 1000 to 1000000, or a duration such as 100ms.";
  if (period !== 0) within(period, at("cpu_period"), { least: 1000, most: 1_000_000, hint: periodHint });
  if (quota > 0) {
    const hint = "Write microseconds from 1000 on, or -1 for no limit.";
    within(quota, at("cpu_quota"), { least: 1000, most: 2 ** 44, hint });
  }
  if (shares !== 0) {
    within(shares, at("cpu_shares"), {
      least: 2,
      most: 262_144,
      hint: "1024 is the weight of who asks for none.",
    });
  }
  if (cpuset !== "" && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(cpuset)) {
    reject(context, "cpuset", [
      `asks for the CPUs ${JSON.stringify(cpuset)}, which is no list of them`,
      "Write such as 0-3 or 0,2.",
    ]);
  }
  return {
    ...(cpus > 0 ? { cpus } : {}),
    ...(quota > 0 ? { cpuQuotaUs: quota } : {}),
    ...(period > 0 ? { cpuPeriodUs: period } : {}),
    ...(shares > 0 ? { cpuShares: shares } : {}),
    ...(cpuset === "" ? {} : { cpuset }),
  };
}

/** The least that a container starts with, as in Docker. */
const minMemoryBytes = 6 * 1024 ** 2;

function memoryLimits(service: CanonicalService, context: Context): ResourceLimits {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const memoryBytes = parseSize(limits?.memory ?? service.mem_limit ?? "0") ?? 0;
  const reservation = parseSize(reservations?.memory ?? service.mem_reservation ?? "0") ?? 0;
  const swap = service.memswap_limit === "-1" ? -1 : (parseSize(service.memswap_limit ?? "0") ?? 0);
  const { mem_swappiness: swappiness = -1, oom_kill_disable: oomKillDisabled = false } = service;
  if (memoryBytes > 0 && memoryBytes < minMemoryBytes) {
    reject(context, "mem_limit", [
      `has a limit of ${memoryBytes} bytes of memory`,
      "Write 6m or more, such as 256m.",
    ]);
  }
  if (memoryBytes > 0 && reservation > memoryBytes) {
    reject(context, "mem_reservation", [
      `reserves ${reservation} bytes of memory and is limited to ${memoryBytes}`,
      "Lower the reservation, or raise the limit.",
    ]);
  }
  if (swap !== 0 && memoryBytes === 0) {
    reject(context, "memswap_limit", [
      "limits memory and swap together, and not memory",
      "Give mem_limit as well.",
    ]);
  } else if (swap > 0 && swap < memoryBytes) {
    reject(context, "memswap_limit", [
      `allows ${swap} bytes of memory and swap together, and ${memoryBytes} of memory alone`,
      "Write what both come to together, or -1 for no limit on swap.",
    ]);
  }
  const hint = "Write a number from 0 to 100.";
  within(swappiness, { ...context, path: `${context.path}.mem_swappiness` }, { least: -1, most: 100, hint });
  return {
    ...(memoryBytes > 0 ? { memoryBytes } : {}),
    ...(reservation > 0 ? { memoryReservationBytes: reservation } : {}),
    ...(swap === 0 ? {} : { memorySwapBytes: swap }),
    ...(swappiness >= 0 ? { swappiness } : {}),
    ...(oomKillDisabled ? { oomKillDisabled } : {}),
  };
}
