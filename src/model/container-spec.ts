/** What one container is to be: plain data, in the runtime's words. Times in milliseconds, sizes in bytes. */
import type { HealthcheckWish } from "./healthcheck.ts";
import type { Hook } from "./hook.ts";
import type { NameLookup } from "./name-lookup.ts";
import type { ContainerNetwork } from "./network.ts";
import type { Probes } from "./probe.ts";

export interface ContainerSpec {
  /**
   * An image in a registry (`nginx:1.27`, `host/repo@sha256:...`), or on disk by absolute path: an OCI image layout
   * folder, or an OCI or `docker save` archive.
   */
  readonly image: string;
  /** The OCI runtime, by the name that the host's configuration gives it; its default when absent. */
  readonly runtime?: string;
  /** Replaces the image's entrypoint and drops its command; an empty list clears both. */
  readonly entrypoint?: readonly string[];
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** `user[:group]`, names or numbers. */
  readonly user?: string;
  /** Further groups of the user: names of the image's, or numbers. */
  readonly groupAdd?: readonly string[];
  readonly hostname?: string;
  /** What follows the host name in its full name, and the NIS domain of its UTS namespace. */
  readonly domainname?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Handed to the OCI runtime and its hooks. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** The root file system is mounted read-only. */
  readonly readOnly: boolean;
  /** Runs an init as PID 1 that forwards signals and reaps zombies. */
  readonly init: boolean;
  /** It has a terminal in place of three separate streams. */
  readonly terminal?: true;
  /**
   * Its standard input can be written to by whoever attaches. `open`: it stays so whoever leaves; `once`: it ends when
   * the input of one who is attached does. Absent: it has none.
   */
  readonly stdin?: "open" | "once";
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  readonly security: SecurityOptions;
  /** Devices of the host, besides the harmless ones that every container has. */
  readonly devices?: readonly Device[];
  /** Rules of the device cgroup beyond those devices, `c 13:* rwm` (kernel, cgroup-v1/devices.rst). */
  readonly deviceRules?: readonly string[];
  /** Namespaces of the host in place of ones of its own. */
  readonly hostNamespaces?: readonly HostNamespace[];
  /**
   * `shareable`: its IPC namespace and /dev/shm are kept over its restarts, and others can join them. `joined`: those of
   * another container, which is named where the container is made.
   */
  readonly ipc?: "shareable" | "joined";
  /** Absent: one of its own on cgroup v2, the host's on v1, as in Docker. */
  readonly cgroupNamespace?: "host" | "private";
  /** Of /dev/shm; 64 MiB when absent. */
  readonly shmSizeBytes?: number;
  /** How readily the kernel kills it when the host's memory runs out: -1000 to 1000. */
  readonly oomScoreAdj?: number;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly Ulimit[];
  readonly resources: ResourceLimits;
  readonly network: NetworkMode;
  /**
   * With the mode `bridge`: the networks that it joins, the one of its default route and its published ports first.
   * Absent: the bridge that all containers without networks share.
   */
  readonly networks?: readonly ContainerNetwork[];
  readonly lookup?: NameLookup;
  /** A name (`SIGTERM`, `TERM`, `RTMIN+3`) or number; the image's, else SIGTERM, when absent. */
  readonly stopSignal?: string;
  /** Time between the stop signal and SIGKILL. */
  readonly stopGraceMs: number;
  /** Run one after the other when it has started; the start is over when they have ended. */
  readonly postStart?: readonly Hook[];
  /** Run one after the other before its stop signal, within its grace period. */
  readonly preStop?: readonly Hook[];
  /** Over what the image says. */
  readonly healthcheck?: HealthcheckWish;
  /** In place of any healthcheck, the image's too. */
  readonly probes?: Probes;
  /** What is kept of its output; what it does not say, the host's configuration does. */
  readonly log?: LogLimits;
}

export interface LogLimits {
  /** A file of the log is put aside when it is larger. */
  readonly maxSizeBytes?: number;
  /** How many files are kept, with the one that is written. */
  readonly maxFiles?: number;
}

/** A namespace that two containers can share. */
export type JoinedNamespace = "network" | "pid" | "ipc";

export type HostNamespace = "pid" | "ipc" | "uts";

export type Device =
  | {
      readonly kind: "host";
      /** A device node of the host, or a folder whose device nodes are all meant. */
      readonly source: string;
      readonly target: string;
      /** Some of `rwm`. */
      readonly permissions: string;
    }
  | {
      readonly kind: "cdi";
      /** A device of the Container Device Interface: `vendor.com/class=name`. */
      readonly name: string;
    };

/** `joined`: that of another container, which is named where the container is made. */
export type NetworkMode = "none" | "host" | "bridge" | "joined";

export type Mount =
  | {
      readonly kind: "bind";
      /** Absolute path on the host. */
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Make an empty folder where `source` does not exist (Compose short form). */
      readonly createSource: boolean;
      /** How mounts made below it later are seen on the other side; `rprivate` when absent. */
      readonly propagation?: BindPropagation;
      /** Mounts below the source come along when absent. `readonly`: and cannot be written to, either. */
      readonly recursive?: "disabled" | "readonly";
    }
  | {
      readonly kind: "volume";
      /** Name in the volume store; absent for an anonymous volume. */
      readonly volume?: string;
      /** Relative: what of the volume is mounted, which has to be there and is not filled; absent: all of it. */
      readonly subpath?: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Do not fill an empty volume with what the image has at `target`. */
      readonly noCopy: boolean;
    }
  | {
      readonly kind: "tmpfs";
      readonly target: string;
      readonly sizeBytes?: number;
      readonly mode?: number;
      /** Further options of mount(8), in place of `nosuid,noexec,nodev` where they say the opposite. */
      readonly options?: readonly string[];
    };

export type BindPropagation = "shared" | "rshared" | "slave" | "rslave" | "private" | "rprivate";

export interface SecurityOptions {
  /** Absent: as the host's configuration has it. */
  readonly noNewPrivileges?: boolean;
  /** Ids in the container are others than on the host. Absent: as the host's configuration has it. */
  readonly userNamespace?: boolean;
  /** `default`, `unconfined`, or the absolute path of a profile in JSON. */
  readonly seccomp: string;
  /** `default`, `unconfined`, or the name of a loaded profile. */
  readonly apparmor: string;
  /** Nothing of /proc and /sys is masked or read-only. */
  readonly unmasked?: true;
}

export interface Ulimit {
  /** As in setrlimit(2), lower case without prefix: `nofile`, `nproc`. */
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface ResourceLimits {
  /** CPUs, as a decimal number: 0.5 is half of one. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  /** In place of `cpus`: the time in each period, in microseconds. */
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  /** The weight when CPUs are scarce; 1024 is the kernel's default. */
  readonly cpuShares?: number;
  /** CPUs it may run on: `0-3,7`. */
  readonly cpuset?: string;
  readonly memoryReservationBytes?: number;
  /** Memory and swap together; -1 is no limit. As much swap as memory when absent. */
  readonly memorySwapBytes?: number;
  /** 0 to 100; cgroup v1 alone has it. */
  readonly swappiness?: number;
  /** The kernel does not kill it at its memory limit; cgroup v1 alone has it. */
  readonly oomKillDisabled?: true;
  readonly blockIo?: BlockIo;
}

export interface BlockIo {
  /** 10 to 1000. */
  readonly weight?: number;
  readonly deviceWeights?: readonly DeviceValue[];
  /** Bytes a second. */
  readonly readBps?: readonly DeviceValue[];
  readonly writeBps?: readonly DeviceValue[];
  /** Operations a second. */
  readonly readIops?: readonly DeviceValue[];
  readonly writeIops?: readonly DeviceValue[];
}

export interface DeviceValue {
  /** A device node of the host. */
  readonly path: string;
  readonly value: number;
}
