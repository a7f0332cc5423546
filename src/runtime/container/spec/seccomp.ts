/** Compiles a seccomp profile as Docker, Podman and CRI-O write them into the filter of one container. */
import type { HostFacts } from "./host-facts.ts";
import type { OciSeccomp, OciSyscall, OciSyscallArgument } from "./oci-spec.ts";

export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** The native architecture and those that its processes may also use. */
  readonly archMap?: readonly {
    readonly architecture: string;
    readonly subArchitectures?: readonly string[];
  }[];
  /** In place of `archMap`: as the runtime specification has it. */
  readonly architectures?: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly OciSyscallArgument[] | null;
  /** The rule is in force where all of this holds ... */
  readonly includes?: SeccompCondition;
  /** ... and none of this. */
  readonly excludes?: SeccompCondition;
}

interface SeccompCondition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  /** `4.8` */
  readonly minKernel?: string;
}

export interface SeccompTarget {
  readonly capabilities: readonly string[];
  readonly host: Pick<HostFacts, "architecture" | "kernel">;
}

/** Rules that do not apply to this host and these capabilities are left out. */
export function compileSeccomp(profile: SeccompProfile, target: SeccompTarget): OciSeccomp {
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architecturesOf(profile, target.host.architecture),
    syscalls: profile.syscalls.filter((rule) => applies(rule, target)).map(toSyscall),
  };
}

const nativeArchitecture: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM",
  ppc64le: "SCMP_ARCH_PPC64LE",
  riscv64: "SCMP_ARCH_RISCV64",
  s390x: "SCMP_ARCH_S390X",
};

function architecturesOf(profile: SeccompProfile, architecture: string): readonly string[] {
  if (profile.architectures) return profile.architectures;
  const native = nativeArchitecture[architecture];
  const entry = profile.archMap?.find((candidate) => candidate.architecture === native);
  return entry ? [entry.architecture, ...(entry.subArchitectures ?? [])] : [];
}

function applies(rule: SeccompRule, { capabilities, host }: SeccompTarget): boolean {
  const { includes = {}, excludes = {} } = rule;
  return (
    (includes.caps ?? []).every((name) => capabilities.includes(name)) &&
    (includes.arches === undefined || includes.arches.includes(host.architecture)) &&
    (includes.minKernel === undefined || isAtLeast(host.kernel, includes.minKernel)) &&
    !(excludes.caps ?? []).some((name) => capabilities.includes(name)) &&
    !(excludes.arches ?? []).includes(host.architecture) &&
    !(excludes.minKernel !== undefined && isAtLeast(host.kernel, excludes.minKernel))
  );
}

function isAtLeast([major, minor]: HostFacts["kernel"], version: string): boolean {
  const [wantedMajor = 0, wantedMinor = 0] = version.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function toSyscall(rule: SeccompRule): OciSyscall {
  return {
    names: rule.names,
    action: rule.action,
    ...(rule.errnoRet !== undefined && { errnoRet: rule.errnoRet }),
    ...(rule.args && rule.args.length > 0 && { args: rule.args }),
  };
}
