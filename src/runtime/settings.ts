/** What an operator decides for all containers of this host; each has a default that needs no configuration. */
import type { SubnetPool } from "./network/subnet.ts";

export interface EngineSettings {
  readonly security: SecuritySettings;
  /** OCI runtimes by the name that `runtime:` of a service gives: each a program on PATH or an absolute path. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** The one of a service that names none. */
  readonly defaultRuntime: string;
  /** How long it may take until a container's process is there, a probe's in it, or an answer of what it binds. */
  readonly beginTimeoutMs: number;
  readonly logs: LogSettings;
  /** Where specifications of CDI devices are; of equal names, the one in the later folder counts. */
  readonly cdiFolders: readonly string[];
  readonly registries: RegistrySettings;
  readonly network: NetworkSettings;
}

export interface NetworkSettings {
  /** Where subnets of networks that name none are taken from, in this order. */
  readonly pools: readonly SubnetPool[];
}

export interface SecuritySettings {
  /** Containers get user namespaces unless their service says otherwise. */
  readonly userNamespaces: boolean;
  /** `no_new_privileges`, unless the service says otherwise. */
  readonly noNewPrivileges: boolean;
}

/** Of a container whose service says nothing about its logs. */
export interface LogSettings {
  /** A log file is rotated when it is larger. */
  readonly maxSizeBytes: number;
  /** How many files are kept, with the one that is written. */
  readonly maxFiles: number;
}

/** How registries are found, trusted and logged in to. */
export interface RegistrySettings {
  /** Folders in the manner of containerd's `certs.d`; the first that has something for a registry decides. */
  readonly hostDirs: readonly string[];
  /** The folder of Docker's `config.json`. Default: `$DOCKER_CONFIG`, else `~/.docker`. */
  readonly credentialsDir?: string;
  readonly patience: Patience;
}

/** With a registry that is slow or fails. */
export interface Patience {
  /** From a request to the head of its answer. */
  readonly answerMs: number;
  /** How long a body may stand still, or trickle. */
  readonly bodyMs: number;
  /** Before the second attempt; doubles with each further one. */
  readonly backoffMs: number;
  /** The most that is waited before further attempts, in all. */
  readonly waitMs: number;
}

export const defaultSettings: EngineSettings = {
  security: { userNamespaces: false, noNewPrivileges: false },
  runtimes: { runc: "runc" },
  defaultRuntime: "runc",
  beginTimeoutMs: 60_000,
  logs: { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 5 },
  cdiFolders: ["/etc/cdi", "/var/run/cdi"],
  registries: {
    hostDirs: ["/etc/tallyman/certs.d", "/etc/containerd/certs.d", "/etc/docker/certs.d"],
    patience: { answerMs: 30_000, bodyMs: 60_000, backoffMs: 500, waitMs: 60_000 },
  },
  // Each has room for as many services as a stack can have.
  network: {
    pools: [
      { base: "10.89.0.0/16", size: 20 },
      { base: "10.90.0.0/15", size: 20 },
      { base: "10.92.0.0/14", size: 20 },
      { base: "172.29.0.0/16", size: 20 },
    ],
  },
};
