/** The OCI runtime specification of a container, with Docker's defaults. Pure: the same input, the same bytes. */
import type { ContainerSpec, ResourceLimits } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import type { ImageConfig } from "../../types.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { HostFacts } from "./host-facts.ts";
import { mountsOf, type ReadyMount } from "./mounts.ts";
import type { OciDeviceRule, OciLinux, OciProcess, OciResources, OciSpec } from "./oci-spec.ts";
import { argumentsOf, environmentOf, workingDirOf } from "./process.ts";
import { rlimitsOf } from "./rlimits.ts";
import { compileSeccomp, type SeccompProfile } from "./seccomp.ts";
import { sysctlsOf } from "./sysctls.ts";
import type { ResolvedUser } from "./user.ts";

export interface SpecInput {
  readonly id: ContainerId;
  readonly spec: ContainerSpec;
  readonly image: ImageConfig;
  readonly user: ResolvedUser;
  /** The mounted root file system. */
  readonly rootPath: string;
  readonly mounts: readonly ReadyMount[];
  /** The network namespace to join; absent for `none` (a new, empty one) and `host`. */
  readonly netnsPath?: string;
  readonly cgroupsPath: string;
  /** The profile that `spec.security.seccomp` names; absent for `unconfined`. */
  readonly seccomp?: SeccompProfile;
  readonly host: HostFacts;
}

/** Throws a TallymanError for what cannot be: unknown capability, ulimit or sysctl, no command, bad folder. */
export function buildSpec(input: SpecInput): OciSpec {
  const { spec, host } = input;
  const capabilities = capabilitiesOf(spec, host.capabilities);
  return {
    ociVersion: "1.0.2",
    hostname: hostnameOf(input),
    root: { path: input.rootPath, readonly: spec.readOnly },
    process: processOf(input, capabilities),
    mounts: mountsOf(spec, input.mounts, host),
    linux: linuxOf(input, capabilities),
  };
}

/** The host's own on the host's network, as in Docker. */
export function hostnameOf({ id, spec, host }: Pick<SpecInput, "id" | "spec" | "host">): string {
  return spec.hostname ?? (spec.network === "host" ? host.hostname : id.slice(0, 12));
}

function processOf(input: SpecInput, capabilities: readonly string[]): OciProcess {
  const { spec, image, user, host } = input;
  const profile = spec.security.apparmor;
  const confined = profile !== "default" && profile !== "unconfined";
  if (confined && !host.appArmor) {
    throw new TallymanError(
      "APPARMOR_UNAVAILABLE",
      `AppArmor profile ${profile}: this host has no AppArmor`,
      {
        hint: "Take the profile out of security_opt, or enable AppArmor.",
      },
    );
  }
  return {
    terminal: false,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.groups },
    args: argumentsOf(spec, image),
    env: environmentOf(spec, image, { hostname: hostnameOf(input), home: user.home }),
    cwd: workingDirOf(spec, image),
    capabilities: {
      bounding: capabilities,
      permitted: capabilities,
      effective: capabilities,
      inheritable: [],
      ambient: [],
    },
    rlimits: rlimitsOf(spec.ulimits, host),
    noNewPrivileges: spec.security.noNewPrivileges,
    ...(confined && { apparmorProfile: profile }),
  };
}

function linuxOf(input: SpecInput, capabilities: readonly string[]): OciLinux {
  const { spec, host, seccomp } = input;
  return {
    namespaces: namespacesOf(input),
    cgroupsPath: input.cgroupsPath,
    resources: resourcesOf(spec, host),
    devices: spec.privileged ? host.devices : [],
    sysctl: sysctlsOf(spec),
    ...(seccomp && !spec.privileged && { seccomp: compileSeccomp(seccomp, { capabilities, host }) }),
    maskedPaths: spec.privileged ? [] : [...maskedPaths, ...host.thermalThrottles],
    readonlyPaths: spec.privileged ? [] : readonlyPaths,
  };
}

const maskedPaths: readonly string[] = [
  ..."acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats"
    .split(" ")
    .map((name) => `/proc/${name}`),
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

const readonlyPaths: readonly string[] = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map(
  (name) => `/proc/${name}`,
);

/** On cgroup v1 the host's cgroup namespace is shared, as in Docker: a private one shows nothing more there. */
function namespacesOf({ spec, host, netnsPath }: SpecInput): OciLinux["namespaces"] {
  return [
    ...["mount", "uts", "pid", "ipc"].map((type) => ({ type })),
    ...(host.cgroupVersion === 2 ? [{ type: "cgroup" }] : []),
    ...(spec.network === "host"
      ? []
      : [{ type: "network", ...(netnsPath !== undefined && { path: netnsPath }) }]),
  ];
}

function resourcesOf(spec: ContainerSpec, host: HostFacts): OciResources {
  return { devices: spec.privileged ? allDevices : harmlessDevices, ...limitsOf(spec.resources, host) };
}

const cpuPeriodMicroseconds = 100_000;

/** As much swap again as memory, as in Docker. */
function limitsOf(
  { cpus, memoryBytes, pids }: ResourceLimits,
  host: HostFacts,
): Omit<OciResources, "devices"> {
  return {
    ...(cpus !== undefined && {
      cpu: { quota: Math.round(cpus * cpuPeriodMicroseconds), period: cpuPeriodMicroseconds },
    }),
    ...(memoryBytes !== undefined && {
      memory: { limit: memoryBytes, ...(host.swapAccounting && { swap: memoryBytes * 2 }) },
    }),
    ...(pids !== undefined && { pids: { limit: pids } }),
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
