/** What the spec depends on of the machine it is for, as data: the builder itself looks at nothing. */
import type { OciDevice } from "./oci-spec.ts";

export interface HostFacts {
  /** In Go's words, as seccomp profiles have them: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly kernel: readonly [major: number, minor: number];
  /** Capabilities that we have and so can give, `CAP_` names. */
  readonly capabilities: readonly string[];
  /** Our own hard limits by `RLIMIT_` name; absent ones and `Infinity` do not bind. */
  readonly hardLimits: Readonly<Record<string, number>>;
  readonly cgroupVersion: 1 | 2;
  /** Memory and swap can be limited together. */
  readonly swapAccounting: boolean;
  /** Shares of disk time can be given. */
  readonly blockIoWeight: boolean;
  readonly appArmor: boolean;
  /** What of /dev belongs to the host's IPC namespace: `/dev/shm`, `/dev/mqueue`, where they are. */
  readonly ipcMounts: readonly string[];
  /** Our own. */
  readonly oomScoreAdj: number;
  readonly hostname: string;
  /** The host's own, below /dev; only looked at for a privileged container. */
  readonly devices: readonly OciDevice[];
  /** Existing `/sys/devices/system/cpu/cpuN/thermal_throttle`. */
  readonly thermalThrottles: readonly string[];
}
