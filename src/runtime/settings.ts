/** What an operator decides for all containers of this host; each has a default that needs no configuration. */
export interface EngineSettings {
  readonly security: SecuritySettings;
  /** OCI runtimes by the name that `runtime:` of a service gives: each a program on PATH or an absolute path. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** The one of a service that names none. */
  readonly defaultRuntime: string;
  readonly logs: LogSettings;
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

export const defaultSettings: EngineSettings = {
  security: { userNamespaces: false, noNewPrivileges: false },
  runtimes: { runc: "runc" },
  defaultRuntime: "runc",
  logs: { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 5 },
};
