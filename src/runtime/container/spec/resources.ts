/** Limits of a container's cgroup and of its devices, in the runtime specification's words. */
import type { ContainerSpec, ResourceLimits } from "../../../model/container-spec.ts";
import type { HostFacts } from "./host-facts.ts";
import type { OciBlockIo, OciDeviceRule, OciResources } from "./oci-spec.ts";

export interface ResourceInput {
  readonly spec: Pick<ContainerSpec, "privileged" | "deviceRules" | "resources">;
  readonly host: Pick<HostFacts, "cgroupVersion" | "swapAccounting" | "blockIoWeight">;
  /** For the devices that were granted. */
  readonly rules: readonly OciDeviceRule[];
  readonly blockIo?: OciBlockIo;
}

/** What this host's cgroups do not have is left out. */
export function resourcesOf({ spec, host, rules, blockIo }: ResourceInput): OciResources {
  const { pids } = spec.resources;
  const cpu = cpuOf(spec.resources);
  const memory = memoryOf(spec.resources, host);
  return {
    devices: spec.privileged
      ? allDevices
      : [...harmlessDevices, ...rules, ...(spec.deviceRules ?? []).map(parseRule)],
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(pids !== undefined && { pids: { limit: pids } }),
    ...(blockIo && { blockIO: host.blockIoWeight ? blockIo : withoutWeights(blockIo) }),
  };
}

const defaultPeriodUs = 100_000;

function cpuOf({
  cpus,
  cpuQuotaUs,
  cpuPeriodUs,
  cpuShares,
  cpuset,
}: ResourceLimits): NonNullable<OciResources["cpu"]> {
  const period = cpuPeriodUs ?? (cpus === undefined ? undefined : defaultPeriodUs);
  const quota = cpus === undefined ? cpuQuotaUs : Math.round(cpus * defaultPeriodUs);
  return {
    ...(cpuShares !== undefined && { shares: cpuShares }),
    ...(quota !== undefined && { quota }),
    ...(period !== undefined && { period }),
    ...(cpuset !== undefined && { cpus: cpuset }),
  };
}

/** As much swap again as memory, as in Docker. */
function memoryOf(
  { memoryBytes, memoryReservationBytes, memorySwapBytes, swappiness, oomKillDisabled }: ResourceLimits,
  { cgroupVersion, swapAccounting }: ResourceInput["host"],
): NonNullable<OciResources["memory"]> {
  const swap = memorySwapBytes ?? (memoryBytes === undefined ? undefined : memoryBytes * 2);
  return {
    ...(memoryBytes !== undefined && { limit: memoryBytes }),
    ...(memoryReservationBytes !== undefined && { reservation: memoryReservationBytes }),
    ...(swap !== undefined && swapAccounting && { swap }),
    ...(swappiness !== undefined && cgroupVersion === 1 && { swappiness }),
    ...(oomKillDisabled && cgroupVersion === 1 && { disableOOMKiller: true }),
  };
}

function withoutWeights(blockIo: OciBlockIo): OciBlockIo {
  const weights = ["weight", "weightDevice"];
  return Object.fromEntries(Object.entries(blockIo).filter(([key]) => !weights.includes(key)));
}

/** `c 13:* rwm`; no number where it is a star. */
function parseRule(rule: string): OciDeviceRule {
  const [, type = "a", major = "*", minor = "*", access = ""] =
    /^([abc]) (\d+|\*):(\d+|\*) ([rwm]+)$/.exec(rule) ?? [];
  return {
    allow: true,
    type: type as "a" | "b" | "c",
    ...(major !== "*" && { major: Number(major) }),
    ...(minor !== "*" && { minor: Number(minor) }),
    access,
  };
}

const allDevices: readonly OciDeviceRule[] = [{ allow: true, access: "rwm" }];

/** null, zero, full, random, urandom, tty and console; the runtime adds pts and ptmx. */
const harmlessDevices: readonly OciDeviceRule[] = [
  { allow: false, access: "rwm" },
  ...(
    [
      [1, 3],
      [1, 5],
      [1, 7],
      [1, 8],
      [1, 9],
      [5, 0],
      [5, 1],
    ] as const
  ).map(([major, minor]) => ({ allow: true, type: "c", major, minor, access: "rwm" }) as const),
];
