/** What one container is to be: plain data, in the runtime's words. Times in milliseconds, sizes in bytes. */

export interface ContainerSpec {
  /**
   * An image in a registry (`nginx:1.27`, `host/repo@sha256:...`), or on disk by absolute path: an OCI image layout
   * folder, or an OCI or `docker save` archive.
   */
  readonly image: string;
  /** Replaces the image's entrypoint and drops its command; an empty list clears both. */
  readonly entrypoint?: readonly string[];
  /** Replaces the image's command. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** `user[:group]`, names or numbers. */
  readonly user?: string;
  readonly hostname?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** The root file system is mounted read-only. */
  readonly readOnly: boolean;
  /** Runs an init as PID 1 that forwards signals and reaps zombies. */
  readonly init: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  readonly security: SecurityOptions;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly ulimits: readonly Ulimit[];
  readonly resources: ResourceLimits;
  readonly network: NetworkMode;
  /** A name (`SIGTERM`, `TERM`, `RTMIN+3`) or number; the image's, else SIGTERM, when absent. */
  readonly stopSignal?: string;
  /** Time between the stop signal and SIGKILL. */
  readonly stopGraceMs: number;
}

export type NetworkMode = "none" | "host" | "bridge";

export type Mount =
  | {
      readonly kind: "bind";
      /** Absolute path on the host. */
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Make an empty folder where `source` does not exist (Compose short form). */
      readonly createSource: boolean;
    }
  | {
      readonly kind: "volume";
      /** Name in the volume store; absent for an anonymous volume. */
      readonly volume?: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Do not fill an empty volume with what the image has at `target`. */
      readonly noCopy: boolean;
    }
  | { readonly kind: "tmpfs"; readonly target: string; readonly sizeBytes?: number; readonly mode?: number };

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** `default`, `unconfined`, or the absolute path of a profile in JSON. */
  readonly seccomp: string;
  /** `default`, `unconfined`, or the name of a loaded profile. */
  readonly apparmor: string;
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
}
