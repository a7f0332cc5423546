/** A configuration that the schema has let through -> settings: each key over its default. Pure. */
import { errorAt, type Checking } from "../document/checking.ts";
import { nearest } from "../model/nearest.ts";
import { parseSize } from "../document/size.ts";
import { poolsOf } from "./pools-of.ts";
import {
  defaultSettings,
  type EngineSettings,
  type LogSettings,
  type RegistrySettings,
} from "../runtime/settings.ts";

export interface CanonicalConfig {
  readonly security?: { readonly user_namespaces?: boolean; readonly no_new_privileges?: boolean };
  readonly runtimes?: Readonly<Record<string, string>>;
  readonly default_runtime?: string;
  readonly registries?: { readonly host_dirs?: readonly string[]; readonly credentials_dir?: string };
  readonly cdi_spec_dirs?: readonly string[];
  readonly network?: { readonly pools?: readonly { readonly base: string; readonly size: number }[] };
  readonly logs?: { readonly max_size?: string | number; readonly max_files?: number };
}

/** What it gives is to be used only where no error has been found. */
export function settingsOf(config: CanonicalConfig, checking: Checking): EngineSettings {
  const { security, runtimes, cdiFolders } = defaultSettings;
  return {
    ...defaultSettings,
    security: {
      ...security,
      userNamespaces: config.security?.user_namespaces ?? security.userNamespaces,
      noNewPrivileges: config.security?.no_new_privileges ?? security.noNewPrivileges,
    },
    runtimes: { ...runtimes, ...runtimesOf(config, checking) },
    defaultRuntime: defaultRuntimeOf(config, checking),
    logs: logsOf(config, checking),
    cdiFolders: foldersIn(config.cdi_spec_dirs, { path: "cdi_spec_dirs", checking }) ?? cdiFolders,
    registries: registriesOf(config, checking),
    network: { pools: poolsOf(config.network?.pools ?? defaultSettings.network.pools, checking) },
  };
}

function runtimesOf(
  { runtimes = {} }: CanonicalConfig,
  checking: Checking,
): Readonly<Record<string, string>> {
  for (const [name, program] of Object.entries(runtimes)) {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/.test(name)) {
      errorAt(checking, `runtimes.${name}`, {
        code: "invalid-name",
        message: `${JSON.stringify(name)} cannot be the name of a runtime`,
        hint: "Use up to 63 letters, digits, dots, dashes and underscores; it begins with a letter or digit.",
      });
    } else if (!/^(\/.+|[^/]+)$/.test(program)) {
      errorAt(checking, `runtimes.${name}`, {
        code: "invalid-value",
        message: `runtimes.${name} is ${JSON.stringify(program)}, which is neither a program on PATH nor an absolute path`,
        hint: "Write such as crun, or /usr/local/bin/runsc.",
      });
    }
  }
  return runtimes;
}

function defaultRuntimeOf(config: CanonicalConfig, checking: Checking): string {
  const name = config.default_runtime ?? defaultSettings.defaultRuntime;
  const known = Object.keys({ ...defaultSettings.runtimes, ...config.runtimes });
  if (known.includes(name)) return name;
  const meant = nearest(name, known);
  errorAt(checking, "default_runtime", {
    code: "unknown-runtime",
    message: `default_runtime is ${JSON.stringify(name)}, which is none of runtimes`,
    hint: meant === undefined ? "Add it under runtimes." : `Did you mean \`${meant}\`?`,
  });
  return name;
}

function registriesOf({ registries = {} }: CanonicalConfig, checking: Checking): RegistrySettings {
  const { host_dirs: hostDirs, credentials_dir: credentialsDir } = registries;
  const defaults = defaultSettings.registries;
  if (credentialsDir !== undefined)
    requireAbsolute(credentialsDir, { path: "registries.credentials_dir", checking });
  return {
    ...defaults,
    hostDirs: foldersIn(hostDirs, { path: "registries.host_dirs", checking }) ?? defaults.hostDirs,
    ...(credentialsDir !== undefined && { credentialsDir }),
  };
}

interface At {
  readonly path: string;
  readonly checking: Checking;
}

function foldersIn(
  folders: readonly string[] | undefined,
  { path, checking }: At,
): readonly string[] | undefined {
  folders?.forEach((folder, index) => requireAbsolute(folder, { path: `${path}[${index}]`, checking }));
  return folders;
}

function requireAbsolute(folder: string, { path, checking }: At): void {
  if (folder.startsWith("/")) return;
  errorAt(checking, path, {
    code: "invalid-value",
    message: `${path} is ${JSON.stringify(folder)}, which is no absolute path`,
    hint: "Write the path of the folder from the root, beginning with /.",
  });
}

/** Below it, rotating would be all that is done. */
const minLogBytes = 64 * 1024;

function logsOf({ logs }: CanonicalConfig, checking: Checking): LogSettings {
  const { maxSizeBytes, maxFiles } = defaultSettings.logs;
  const bytes = logs?.max_size === undefined ? maxSizeBytes : parseSize(String(logs.max_size));
  if (bytes === undefined || bytes < minLogBytes) {
    errorAt(checking, "logs.max_size", {
      code: "invalid-size",
      message: `logs.max_size is ${JSON.stringify(logs?.max_size)}, which is no size of 64k or more`,
      hint: "Write it with a unit, such as 10m.",
    });
  }
  return { maxSizeBytes: bytes ?? maxSizeBytes, maxFiles: logs?.max_files ?? maxFiles };
}
