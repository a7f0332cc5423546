/** The part of the OCI runtime specification (1.0.2, config.md and config-linux.md) that we write. */

export interface OciSpec {
  readonly ociVersion: string;
  readonly hostname?: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly process: OciProcess;
  readonly mounts: readonly OciMount[];
  readonly linux: OciLinux;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly hooks?: Readonly<Partial<Record<OciHookName, readonly OciHook[]>>>;
}

export type OciHookName =
  "prestart" | "createRuntime" | "createContainer" | "startContainer" | "poststart" | "poststop";

export interface OciHook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

export interface OciProcess {
  readonly terminal: boolean;
  readonly consoleSize?: { readonly width: number; readonly height: number };
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: Readonly<
    Record<"bounding" | "permitted" | "effective" | "inheritable" | "ambient", readonly string[]>
  >;
  readonly rlimits: readonly OciRlimit[];
  readonly noNewPrivileges: boolean;
  readonly apparmorProfile?: string;
  readonly oomScoreAdj?: number;
}

/** `Infinity` stands for RLIM_INFINITY; {@link serializeSpec} writes it so. */
export interface OciRlimit {
  readonly type: string;
  readonly soft: number;
  readonly hard: number;
}

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface OciLinux {
  readonly namespaces: readonly { readonly type: string; readonly path?: string }[];
  readonly uidMappings?: readonly OciIdMapping[];
  readonly gidMappings?: readonly OciIdMapping[];
  readonly cgroupsPath: string;
  readonly resources: OciResources;
  readonly devices: readonly OciDevice[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly seccomp?: OciSeccomp;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly rootfsPropagation?: "shared" | "rslave";
}

export interface OciIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface OciResources {
  readonly devices: readonly OciDeviceRule[];
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly cpus?: string;
  };
  readonly memory?: {
    readonly limit?: number;
    readonly reservation?: number;
    readonly swap?: number;
    readonly swappiness?: number;
    readonly disableOOMKiller?: boolean;
  };
  readonly pids?: { readonly limit: number };
  readonly blockIO?: OciBlockIo;
}

export interface OciBlockIo {
  readonly weight?: number;
  readonly weightDevice?: readonly (OciDeviceNumber & { readonly weight: number })[];
  readonly throttleReadBpsDevice?: readonly OciThrottle[];
  readonly throttleWriteBpsDevice?: readonly OciThrottle[];
  readonly throttleReadIOPSDevice?: readonly OciThrottle[];
  readonly throttleWriteIOPSDevice?: readonly OciThrottle[];
}

export interface OciDeviceNumber {
  readonly major: number;
  readonly minor: number;
}

export type OciThrottle = OciDeviceNumber & { readonly rate: number };

export interface OciDeviceRule {
  readonly allow: boolean;
  readonly type?: "a" | "b" | "c";
  readonly major?: number;
  readonly minor?: number;
  readonly access: string;
}

export interface OciDevice {
  readonly path: string;
  readonly type: "b" | "c" | "p";
  readonly major: number;
  readonly minor: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface OciSeccomp {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly OciSyscall[];
}

export interface OciSyscall {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly OciSyscallArgument[];
}

export interface OciSyscallArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo: number;
  readonly op: string;
}

/** RLIM_INFINITY is 2^64-1, which no JavaScript number is: `JSON.parse` makes 2^64 of it. */
export function serializeSpec(spec: OciSpec | OciProcess): string {
  return JSON.stringify(
    spec,
    (_key, value: unknown) =>
      value === Infinity || value === 2 ** 64 ? JSON.rawJSON("18446744073709551615") : value,
    1,
  );
}

declare global {
  interface JSON {
    /** ECMAScript proposal "JSON.parse source text access", in Node since 22. */
    rawJSON(text: string): object;
  }
}
