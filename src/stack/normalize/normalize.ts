/** Last stage: the canonical file as a Stack. Here, and only here, our defaults come in. */
import {
  isServiceName,
  isStackName,
  isVolumeName,
  serviceName,
  stackName,
  type StackName,
} from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Dependency, PullPolicy, Service, Stack, Volume } from "../../model/stack.ts";
import type {
  CanonicalDependency,
  CanonicalNetwork,
  CanonicalService,
  CanonicalStack,
  CanonicalVolume,
} from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { containerJoinsOf, joinsOf } from "../joins.ts";
import { linksOf } from "../links.ts";
import { containerSpec } from "./container.ts";
import { checkGates } from "./gates.ts";
import { stackNetworks } from "./networks.ts";
import { checkOrders } from "./orders.ts";
import { publishedPorts } from "./ports.ts";
import { deployMode, updateOfJob } from "./deploy-mode.ts";
import { withPreStart } from "./pre-start.ts";
import { restartPolicy } from "./restart.ts";
import { scheduleOf } from "./schedule.ts";
import { updatePolicies } from "./update.ts";

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
  const volumeName = (key: string): string => nameOnHost(key, { name, thing: file.volumes[key] });
  const networkName = (key: string): string => nameOnHost(key, { name, thing: file.networks[key] });
  const names = Object.keys(file.services).filter(isServiceName).toSorted();
  const active: ReadonlySet<string> = new Set(names);
  const made = names.flatMap((serviceKey) => {
    const source = options.sources[serviceKey] ?? {};
    const path = `services.${serviceKey}`;
    const written = file.services[serviceKey] ?? {};
    const service = toService(written, {
      ...options,
      path,
      serviceKey,
      source,
      active,
      volumeName,
      networks: file.networks,
      networkName,
      fullNameOf: (other) => `${other}.${name}`,
    });
    return withPreStart(service, written, { ...options, path, isTaken: (other) => active.has(other) });
  });
  const services = made.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  checkOrders(services, checking);
  checkGates(services, checking);
  const volumes = volumesOf(services, { file, volumeName, checking });
  const networks = stackNetworks(services, { file, networkName, checking });
  return { name, directory, services, volumes, networks, places: checking.places };
}

interface ServiceContext extends NormalizeOptions {
  readonly path: string;
  readonly serviceKey: string;
  readonly source: JsonObject;
  readonly active: ReadonlySet<string>;
  readonly volumeName: (key: string) => string;
  readonly networks: CanonicalStack["networks"];
  readonly networkName: (key: string) => string;
  readonly fullNameOf: (service: string) => string;
}

function toService(service: CanonicalService, context: ServiceContext): Service {
  const joins = joinsOf(service)
    .filter((join) => context.active.has(join.service))
    .map(({ namespace, service: name }) => ({ namespace, service: serviceName(name) }));
  const containerJoins = containerJoinsOf(service).map(({ namespace, container: name }) => ({
    namespace,
    container: name,
  }));
  const container = containerSpec(service, context);
  const mode = deployMode(service, context);
  const policies = updatePolicies(service, context);
  return {
    name: serviceName(context.serviceKey),
    container,
    ...mode,
    ...scheduleOf(service, context),
    pullPolicy: pullPolicy(service, context),
    restart: { ...restartPolicy(service, context), ...(mode.job && { byExitCode: true }) },
    ...policies,
    ...(mode.job && { update: updateOfJob(policies.update) }),
    dependsOn: dependencies(service, context),
    ...(joins.length > 0 && { joins }),
    ...(containerJoins.length > 0 && { containerJoins }),
    ports: publishedPorts(service, {
      ...context,
      replicas: mode.replicas,
      driver: firstDriver(container, context),
      hasIPv6: hasIPv6(container, context),
    }),
    source: context.source,
  };
}

/** The one of its default route, which would receive published ports. */
function firstDriver({ networks = [] }: Service["container"], context: ServiceContext): string {
  const name = networks[0]?.network;
  const found = Object.entries(context.networks).find(([key]) => context.networkName(key) === name);
  return found?.[1]?.driver ?? "bridge";
}

/** Of a network of others, nobody knows yet. */
function hasIPv6({ networks = [] }: Service["container"], context: ServiceContext): boolean {
  const names = networks.map(({ network }) => network);
  const own = Object.entries(context.networks).filter(([key]) => names.includes(context.networkName(key)));
  return own.some(([, network]) => network?.enable_ipv6 === true || network?.external === true);
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

/** Only those that are there: that the others may be missing has been checked. */
function dependencies(service: CanonicalService, { active }: ServiceContext): readonly Dependency[] {
  const implied = [...joinsOf(service), ...linksOf(service)].map(
    ({ service: name }): [string, CanonicalDependency] => [
      name,
      { condition: "service_started", required: true },
    ],
  );
  return Object.entries({ ...Object.fromEntries(implied), ...service.depends_on })
    .filter(([key]) => active.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { condition, required, restart }]) => ({
      service: serviceName(key),
      condition: conditions[condition] ?? "started",
      required,
      ...(restart === true && { restart }),
    }));
}

const conditions: Readonly<Partial<Record<string, Dependency["condition"]>>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};

function nameOnHost(
  key: string,
  { name, thing }: { name: string; thing: CanonicalVolume | CanonicalNetwork | null | undefined },
): string {
  return thing?.name ?? (thing?.external === true ? key : `${name}_${key}`);
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
    if (!isVolumeName(name)) {
      errorAt(checking, `volumes.${key}.name`, {
        code: "invalid-name",
        message: `${JSON.stringify(name)} cannot be the name of a volume`,
        hint: "Use letters, digits, `_`, `.` and `-`, beginning with a letter or digit.",
      });
    }
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
