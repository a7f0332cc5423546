/** Last stage: the canonical file as a Stack. Here, and only here, our defaults come in. */
import { isServiceName, isStackName, serviceName, stackName, type StackName } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Dependency, PullPolicy, Service, Stack, Volume } from "../../model/stack.ts";
import type { CanonicalService, CanonicalStack, CanonicalVolume } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../checking.ts";
import { containerSpec } from "./container.ts";
import { normalizeHealthcheck } from "./healthcheck.ts";
import { publishedPorts } from "./ports.ts";
import { restartPolicy } from "./restart.ts";

export interface NormalizeOptions {
  readonly name: string;
  readonly directory: string;
  /** What `~` stands for. */
  readonly home: string | undefined;
  readonly sources: Readonly<Record<string, JsonObject>>;
  readonly checking: Checking;
}

/** What it gives is to be used only where no stage has found an error. */
export function normalize(file: CanonicalStack, options: NormalizeOptions): Stack {
  const { checking, directory } = options;
  const name = stackNameOf(options);
  const volumeName = (key: string): string => volumeNameOf(key, { name, volume: file.volumes[key] });
  const names = Object.keys(file.services).toSorted();
  const active = names.filter(
    (key) => isServiceName(key) && isActive(file.services[key], { path: `services.${key}`, checking }),
  );
  const services = active.flatMap((key): readonly Service[] => {
    const service = file.services[key];
    if (service === undefined) return [];
    const context = { ...options, path: `services.${key}`, volumeName };
    return [
      toService(service, {
        ...context,
        serviceKey: key,
        source: options.sources[key] ?? {},
        active: new Set(active),
        known: new Set(names),
      }),
    ];
  });
  const volumes = volumesOf(services, { file, volumeName, checking });
  return { name, directory, services, volumes, places: checking.places };
}

interface ServiceContext extends NormalizeOptions {
  readonly path: string;
  readonly serviceKey: string;
  readonly source: JsonObject;
  readonly active: ReadonlySet<string>;
  /** Active or not. */
  readonly known: ReadonlySet<string>;
  readonly volumeName: (key: string) => string;
}

function toService(service: CanonicalService, context: ServiceContext): Service {
  const healthcheck = normalizeHealthcheck(service.healthcheck);
  return {
    name: serviceName(context.serviceKey),
    container: containerSpec(service, context),
    replicas: replicasOf(service, context),
    pullPolicy: pullPolicy(service, context),
    restart: restartPolicy(service, context),
    dependsOn: dependencies(service, context),
    ports: publishedPorts(service, context),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    source: context.source,
  };
}

/** A stand-in where the name is wrong, so that the rest of the file is still looked at. */
function stackNameOf({ name, checking }: NormalizeOptions): StackName {
  if (isStackName(name)) return name;
  errorAt(checking, "name", {
    code: "invalid-name",
    message: `${JSON.stringify(name)} cannot be the name of a stack`,
    hint: "Set name: to up to 63 lower-case letters, digits, dashes and underscores; it begins with a letter or digit.",
  });
  return stackName("unnamed");
}

/** No profile can be active yet, and a service that names one is not to run without it. */
function isActive(
  service: CanonicalService | undefined,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): boolean {
  if ((service?.profiles ?? []).length === 0) return true;
  warningAt(checking, `${path}.profiles`, {
    code: "unsupported-key",
    message: `${path} is left out: it belongs to profiles, which cannot be activated yet`,
    hint: "Remove profiles to run the service always.",
  });
  return false;
}

function replicasOf({ deploy, scale }: CanonicalService, { path, checking }: ServiceContext): number {
  const mode = deploy?.mode ?? "replicated";
  if (mode === "global") return 1;
  if (mode !== "replicated") {
    errorAt(checking, `${path}.deploy.mode`, {
      code: "unsupported-value",
      message: `${path}.deploy.mode is ${JSON.stringify(mode)}, which is not supported`,
      hint: "Write replicated or global.",
    });
  }
  return deploy?.replicas ?? scale ?? 1;
}

function pullPolicy(
  { pull_policy: policy = "missing" }: CanonicalService,
  { path, checking }: ServiceContext,
): PullPolicy {
  if (policy === "missing" || policy === "always" || policy === "never") return policy;
  warningAt(checking, `${path}.pull_policy`, {
    code: "unsupported-value",
    message: `${path}.pull_policy is ${JSON.stringify(policy)}, which is not supported; missing is used`,
    hint: "Write missing, always or never.",
  });
  return "missing";
}

/** A dependency that is not there need not be waited for; that it may be missing has been checked. */
function dependencies(
  service: CanonicalService,
  { active, known, path, checking }: ServiceContext,
): readonly Dependency[] {
  return Object.entries(service.depends_on ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, { condition, required }]): readonly Dependency[] => {
      if (active.has(key))
        return [{ service: serviceName(key), condition: conditions[condition] ?? "started", required }];
      if (required && known.has(key)) {
        errorAt(checking, `${path}.depends_on.${key}`, {
          code: "unknown-service",
          message: `${path} depends on ${key}, which is left out because it belongs to profiles`,
          hint: `Remove profiles from ${key}, or set required: false.`,
        });
      }
      return [];
    });
}

const conditions: Readonly<Partial<Record<string, Dependency["condition"]>>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

function volumeNameOf(
  key: string,
  { name, volume }: { name: string; volume: CanonicalVolume | null | undefined },
): string {
  return volume?.name ?? (volume?.external === true ? key : `${name}_${key}`);
}

/** Those that a service mounts by name. */
function volumesOf(
  services: readonly Service[],
  {
    file,
    volumeName,
    checking,
  }: { file: CanonicalStack; volumeName: (key: string) => string; checking: Checking },
): readonly Volume[] {
  const used = new Set(
    services.flatMap(({ container }) =>
      container.mounts.flatMap((mount) => (mount.kind === "volume" ? (mount.volume ?? []) : [])),
    ),
  );
  const volumes = Object.entries(file.volumes).flatMap(([key, volume]) => {
    const name = volumeName(key);
    const driver = volume?.driver ?? "local";
    if (driver !== "local") {
      warningAt(checking, `volumes.${key}.driver`, {
        code: "unsupported-value",
        message: `volumes.${key} asks for the driver ${driver}, which is not supported; local is used`,
        hint: "Remove driver.",
      });
    }
    return used.has(name) ? [{ name, external: volume?.external === true }] : [];
  });
  return volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
