/** The type of a canonical stack file: the one place where checked, canonical data gets its type. */
import type { CanonicalHook, CanonicalPreStart } from "./canonical-hooks.ts";
import type { CanonicalSchedule } from "./canonical-schedule.ts";
import type { BindPropagation } from "../model/container-spec.ts";
import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { ProbeKind } from "../model/probe.ts";
import { mapEntries, type MappingNode, type Node, toJson } from "../document/node.ts";

/** What the later stages read. Keys that are not acted on are there too, and not typed. */
export interface CanonicalStack {
  readonly services: Readonly<Record<string, CanonicalService>>;
  /** Services that the file has and that are left out. */
  readonly inactive: readonly string[];
  readonly volumes: Readonly<Record<string, CanonicalVolume | null>>;
  readonly networks: Readonly<Record<string, CanonicalNetwork | null>>;
}

export interface CanonicalNetwork {
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  readonly ipam?: { readonly driver?: string; readonly config?: readonly CanonicalPool[] };
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly enable_ipv6?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface CanonicalPool {
  readonly subnet?: string;
  readonly ip_range?: string;
  readonly gateway?: string;
  readonly aux_addresses?: Readonly<Record<string, string>>;
}

export interface CanonicalServiceNetwork {
  readonly aliases?: readonly string[];
  readonly gw_priority?: number;
  readonly priority?: number;
  readonly interface_name?: string;
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly mac_address?: string;
}

export interface CanonicalVolume {
  readonly name?: string;
  readonly driver?: string;
  readonly external?: boolean;
}

export interface CanonicalService {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly blkio_config?: CanonicalBlockIo;
  readonly build?: unknown;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cgroup?: "host" | "private";
  readonly command?: readonly string[];
  readonly cpu_period?: number;
  readonly cpu_quota?: number;
  readonly cpu_shares?: number;
  readonly cpuset?: string;
  readonly cpus?: number;
  readonly depends_on?: Readonly<Record<string, CanonicalDependency>>;
  readonly deploy?: CanonicalDeploy;
  readonly device_cgroup_rules?: readonly string[];
  readonly devices?: readonly CanonicalDevice[];
  readonly dns?: readonly string[];
  readonly dns_opt?: readonly string[];
  readonly dns_search?: readonly string[];
  readonly domainname?: string;
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Addresses by name. */
  readonly extra_hosts?: Readonly<Record<string, readonly string[]>>;
  readonly gpus?: readonly CanonicalDeviceReservation[];
  readonly group_add?: readonly string[];
  readonly healthcheck?: CanonicalHealthcheck;
  readonly hostname?: string;
  readonly image?: string;
  readonly init?: boolean;
  readonly ipc?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly external_links?: readonly string[];
  readonly links?: readonly string[];
  readonly logging?: {
    readonly driver?: string;
    readonly options?: { readonly "max-size"?: string; readonly "max-file"?: number };
  };
  readonly mac_address?: string;
  readonly mem_limit?: string;
  readonly mem_reservation?: string;
  readonly mem_swappiness?: number;
  readonly memswap_limit?: string;
  readonly network_mode?: string;
  readonly networks?: Readonly<Record<string, CanonicalServiceNetwork | null>>;
  readonly oom_kill_disable?: boolean;
  readonly oom_score_adj?: number;
  readonly pid?: string;
  readonly post_start?: readonly CanonicalHook[];
  readonly pre_start?: readonly CanonicalPreStart[];
  readonly pre_stop?: readonly CanonicalHook[];
  readonly pids_limit?: number;
  readonly ports?: readonly CanonicalPort[];
  readonly privileged?: boolean;
  readonly profiles?: readonly string[];
  readonly pull_policy?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly runtime?: string;
  readonly scale?: number;
  readonly security_opt?: readonly string[];
  readonly shm_size?: string;
  readonly stdin_open?: boolean;
  readonly stop_grace_period?: string;
  readonly stop_signal?: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly tmpfs?: readonly string[];
  readonly tty?: boolean;
  readonly ulimits?: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly user?: string;
  readonly uts?: string;
  readonly userns_mode?: string;
  readonly volumes?: readonly CanonicalMount[];
  readonly working_dir?: string;
  readonly "x-probe"?: Readonly<Partial<Record<ProbeKind, CanonicalProbe>>>;
  readonly "x-rollout"?: CanonicalRollout;
  readonly "x-schedule"?: CanonicalSchedule;
}

export interface CanonicalProbe {
  readonly http?: CanonicalHttpProbe;
  readonly tcp?: { readonly port?: number };
  readonly grpc?: { readonly port?: number; readonly service?: string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly interval?: string;
  readonly timeout?: string;
  readonly initial_delay?: string;
  readonly success_threshold?: number;
  readonly failure_threshold?: number;
}

export interface CanonicalHttpProbe {
  readonly port?: number;
  readonly path?: string;
  readonly scheme?: "http" | "https";
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: readonly string[];
}

export interface CanonicalRollout {
  readonly drain_timeout?: string;
  readonly healthy_deadline?: string;
  readonly progress_deadline?: string;
  readonly max_surge?: string;
  readonly max_unavailable?: string;
  readonly irreversible?: boolean;
  readonly history?: number;
  readonly scope?: "stack" | "service";
  readonly canary?: string;
  readonly auto_promote?: string;
}

export interface CanonicalUpdate {
  readonly parallelism?: number;
  readonly delay?: string;
  readonly failure_action?: "rollback" | "pause" | "continue";
  readonly monitor?: string;
  readonly max_failure_ratio?: number;
  readonly order?: "start-first" | "stop-first";
}

export interface CanonicalDeploy {
  readonly mode?: string;
  readonly replicas?: number;
  readonly update_config?: CanonicalUpdate;
  readonly rollback_config?: CanonicalUpdate;
  readonly restart_policy?: {
    readonly condition?: "none" | "on-failure" | "any";
    readonly delay?: string;
    readonly max_attempts?: number;
    readonly window?: string;
  };
  readonly resources?: {
    readonly limits?: { readonly cpus?: number; readonly memory?: string; readonly pids?: number };
    readonly reservations?: {
      readonly memory?: string;
      readonly devices?: readonly CanonicalDeviceReservation[];
    };
  };
}

/** Of a CDI device, only the source. */
export interface CanonicalDevice {
  readonly source?: string;
  readonly target?: string;
  readonly permissions?: string;
}

export interface CanonicalDeviceReservation {
  readonly driver?: string;
  readonly count?: string;
  readonly device_ids?: readonly string[];
  readonly capabilities?: readonly string[];
}

export interface CanonicalBlockIo {
  readonly weight?: number;
  readonly weight_device?: readonly { readonly path?: string; readonly weight?: number }[];
  readonly device_read_bps?: readonly CanonicalRate[];
  readonly device_write_bps?: readonly CanonicalRate[];
  readonly device_read_iops?: readonly CanonicalRate[];
  readonly device_write_iops?: readonly CanonicalRate[];
}

export interface CanonicalRate {
  readonly path?: string;
  readonly rate?: string;
}

export interface CanonicalHealthcheck {
  readonly disable?: boolean;
  readonly test?: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
}

export interface CanonicalPort {
  readonly target: number;
  readonly published?: string;
  readonly host_ip?: string;
  readonly protocol: string;
  readonly mode: string;
}

export interface CanonicalMount {
  readonly type: "bind" | "volume" | "tmpfs" | "cluster" | "image" | "npipe";
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly bind?: {
    readonly create_host_path: boolean;
    readonly propagation?: BindPropagation;
    readonly recursive?: "enabled" | "disabled" | "writable" | "readonly";
  };
  readonly volume?: { readonly nocopy?: boolean; readonly subpath?: string };
  readonly tmpfs?: { readonly size?: string; readonly mode?: number };
}

/** What {@link validate} let through and {@link canonicalize} wrote has this shape. */
export function canonicalStack(root: MappingNode): CanonicalStack {
  const { services = {}, volumes = {}, networks } = toJson(root) as Partial<CanonicalStack>;
  return { services, inactive: [], volumes, networks: networks ?? {} };
}

/** The user's spec of each service: canonical, without extensions and without keys that say nothing. */
export function sourcesOf(root: MappingNode): Readonly<Record<string, JsonObject>> {
  const services = toJson(root);
  const sources = isJsonObject(services) ? services["services"] : undefined;
  return (isJsonObject(sources) ? sources : {}) as Readonly<Record<string, JsonObject>>;
}

const meaningfulWhenEmpty = new Set(["command", "entrypoint"]);

/** Takes out of every service what says nothing: extensions of others, null, and empty lists and mappings. */
export function tidy(root: MappingNode): MappingNode {
  return mapEntries(root, (value, key) => {
    if (key !== "services" || value.kind !== "mapping") return value;
    return mapEntries(value, (service) => (service.kind === "mapping" ? tidyService(service) : undefined));
  });
}

function tidyService(service: MappingNode): MappingNode {
  return mapEntries(service, (value, key) => (isForeign(key) || saysNothing(value, key) ? undefined : value));
}

const ours = new Set(["x-probe", "x-rollout", "x-schedule"]);

function isForeign(key: string): boolean {
  return key.startsWith("x-") && !ours.has(key);
}

function saysNothing(node: Node, key: string): boolean {
  if (node.kind === "scalar") return node.value === null;
  if (meaningfulWhenEmpty.has(key)) return false;
  return node.kind === "list" ? node.items.length === 0 : node.entries.size === 0;
}

export interface CanonicalDependency {
  readonly condition: string;
  readonly required: boolean;
  readonly restart?: boolean;
}
