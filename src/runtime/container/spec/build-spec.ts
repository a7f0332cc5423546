/** The OCI runtime specification of a container, with Docker's defaults. Pure: the same input, the same bytes. */
import type { ContainerSpec, HostNamespace, JoinedNamespace } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import type { IdRange } from "../../../sys/pinned-namespace.ts";
import type { ImageConfig } from "../../image/types.ts";
import { capabilitiesOf } from "./capabilities.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Granted } from "./granted.ts";
import { mountsOf, rootPropagationOf, type ReadyMount } from "./mounts.ts";
import type { OciLinux, OciProcess, OciSpec } from "./oci-spec.ts";
import { argumentsOf, environmentOf, workingDirOf } from "./process.ts";
import { resourcesOf } from "./resources.ts";
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
  readonly granted: Granted;
  /** Namespaces to join: others are new, or the host's. */
  readonly namespacePaths: Readonly<Partial<Record<JoinedNamespace, string>>>;
  /** Absent where the container has the host's ids. */
  readonly userNamespace?: UserNamespace;
  readonly noNewPrivileges: boolean;
  readonly cgroupsPath: string;
  /** The profile that `spec.security.seccomp` names; absent for `unconfined`. */
  readonly seccomp?: SeccompProfile;
  /** The AppArmor profile of who asks for none, where the kernel has it. */
  readonly defaultAppArmor?: string;
  readonly host: HostFacts;
}

export interface UserNamespace {
  readonly path: string;
  /** What is mapped in it. */
  readonly ids: IdRange;
}

/** Throws a TallymanError for what cannot be: unknown capability, ulimit or sysctl, no command, bad folder. */
export function buildSpec(input: SpecInput): OciSpec {
  const { spec, host } = input;
  const capabilities = capabilitiesOf(spec, host.capabilities);
  return {
    ociVersion: "1.0.2",
    ...(!isShared(spec, "uts") && { hostname: hostnameOf(input) }),
    root: { path: input.rootPath, readonly: spec.readOnly },
    process: processOf(input, capabilities),
    mounts: mountsOf(spec, input.mounts, host),
    linux: linuxOf(input, capabilities),
    ...(spec.annotations && { annotations: spec.annotations }),
    ...(Object.keys(input.granted.hooks).length > 0 && { hooks: input.granted.hooks }),
  };
}

function isShared({ hostNamespaces = [] }: ContainerSpec, kind: HostNamespace): boolean {
  return hostNamespaces.includes(kind);
}

/** The host's own on the host's network, as in Docker. */
export function hostnameOf({ id, spec, host }: Pick<SpecInput, "id" | "spec" | "host">): string {
  const isHosts = spec.network === "host" || isShared(spec, "uts");
  return spec.hostname ?? (isHosts ? host.hostname : id.slice(0, 12));
}

function processOf(input: SpecInput, capabilities: readonly string[]): OciProcess {
  const { spec, image, user, host } = input;
  const profile = profileOf(input);
  return {
    terminal: spec.terminal === true,
    user: { uid: user.uid, gid: user.gid, additionalGids: [...user.groups, ...input.granted.groups] },
    args: argumentsOf(spec, image),
    env: environmentOf(spec, image, {
      hostname: hostnameOf(input),
      home: user.home,
      devices: input.granted.environment,
    }),
    cwd: workingDirOf(spec, image),
    capabilities: {
      bounding: capabilities,
      permitted: capabilities,
      effective: capabilities,
      inheritable: [],
      ambient: [],
    },
    rlimits: rlimitsOf(spec.ulimits, host),
    noNewPrivileges: input.noNewPrivileges,
    ...(profile !== undefined && { apparmorProfile: profile }),
    ...(spec.oomScoreAdj !== undefined && { oomScoreAdj: oomScoreAdjOf(spec.oomScoreAdj, host) }),
  };
}

/** The AppArmor profile. Without AppArmor there is none, and one that is asked for by name is an error. */
function profileOf({ spec, host, defaultAppArmor }: SpecInput): string | undefined {
  const asked = spec.security.apparmor;
  if (host.appArmor) return asked !== "default" ? asked : spec.privileged ? "unconfined" : defaultAppArmor;
  if (asked === "default" || asked === "unconfined") return undefined;
  throw new TallymanError("APPARMOR_UNAVAILABLE", `AppArmor profile ${asked}: this host has no AppArmor`, {
    hint: "Take the profile out of security_opt, or enable AppArmor.",
  });
}

/** Below our own score only CAP_SYS_RESOURCE goes: the runtime would refuse to make the container. */
function oomScoreAdjOf(asked: number, { capabilities, oomScoreAdj }: SpecInput["host"]): number {
  return capabilities.includes("CAP_SYS_RESOURCE") ? asked : Math.max(asked, oomScoreAdj);
}

function linuxOf(input: SpecInput, capabilities: readonly string[]): OciLinux {
  const { spec, host, seccomp, granted, mounts, userNamespace } = input;
  const isMasked = !spec.privileged && spec.security.unmasked !== true;
  const { blockIo, rules } = granted;
  const rootfsPropagation = rootPropagationOf(mounts);
  return {
    namespaces: namespacesOf(input),
    ...(userNamespace && mappingsOf(userNamespace.ids)),
    cgroupsPath: input.cgroupsPath,
    resources: resourcesOf({ spec, host, rules, ...(blockIo && { blockIo }) }),
    devices: [...(spec.privileged ? host.devices : []), ...granted.devices],
    sysctl: sysctlsOf(spec, userNamespace?.ids.count),
    ...(seccomp && !spec.privileged && { seccomp: compileSeccomp(seccomp, { capabilities, host }) }),
    maskedPaths: isMasked ? [...maskedPaths, ...host.thermalThrottles] : [],
    readonlyPaths: isMasked ? readonlyPaths : [],
    ...(rootfsPropagation && { rootfsPropagation }),
  };
}

/** runc wants them told, also of a namespace that has them. */
function mappingsOf({ first, count }: IdRange): Pick<OciLinux, "uidMappings" | "gidMappings"> {
  const mappings = [{ containerID: 0, hostID: first, size: count }];
  return { uidMappings: mappings, gidMappings: mappings };
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
function namespacesOf({ spec, host, namespacePaths, userNamespace }: SpecInput): OciLinux["namespaces"] {
  const cgroup = spec.cgroupNamespace ?? (host.cgroupVersion === 2 ? "private" : "host");
  return [
    ...(userNamespace ? [{ type: "user", path: userNamespace.path }] : []),
    { type: "mount" },
    ...(isShared(spec, "uts") ? [] : [{ type: "uts" }]),
    ...(isShared(spec, "pid") ? [] : [namespace("pid", namespacePaths.pid)]),
    ...(isShared(spec, "ipc") ? [] : [namespace("ipc", namespacePaths.ipc)]),
    ...(cgroup === "private" ? [{ type: "cgroup" }] : []),
    ...(spec.network === "host" ? [] : [namespace("network", namespacePaths.network)]),
  ];
}

function namespace(type: string, path: string | undefined): OciLinux["namespaces"][number] {
  return { type, ...(path !== undefined && { path }) };
}
