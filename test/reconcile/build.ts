/** Stacks and worlds in a few words, for the tests of the planner. */
import { aContainerSpec } from "../support/container-spec.ts";
import { aNetworkSpec } from "../support/network-spec.ts";
import { createHash } from "node:crypto";
import { containerId, digest, serviceName, sourceId, stackName, type Digest } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { hashService, hashStack } from "../../src/model/spec-hash.ts";
import type { Schedule } from "../../src/model/schedule.ts";
import type {
  Dependency,
  RestartPolicy,
  Service,
  Stack,
  StackNetwork,
  UpdatePolicy,
} from "../../src/model/stack.ts";
import type {
  Desired,
  DesiredStack,
  Observed,
  ObservedContainer,
  StepInput,
} from "../../src/reconcile/types.ts";

export interface ServiceWords {
  /** Keys of networks of its stack; none where it joins none by itself. */
  readonly networks?: readonly string[];
  readonly image?: string;
  readonly replicas?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly dependsOn?: Readonly<Record<string, Dependency["condition"]>>;
  /** Of those, the services with which it is restarted. */
  readonly restartsWith?: readonly string[];
  readonly restart?: Partial<RestartPolicy>;
  readonly volume?: string;
  readonly order?: "start-first" | "stop-first";
  /** How it is updated, beside `order`. */
  readonly update?: UpdatePolicy;
  /** How it goes back. */
  readonly rollback?: UpdatePolicy;
  readonly job?: boolean;
  /** It runs by itself: every hour, where nothing else is said. */
  readonly schedule?: Partial<Schedule>;
  /** It has a healthcheck. */
  readonly probed?: boolean;
  /** The service whose network it shares. */
  readonly joins?: string;
  /** The container of another stack whose network it shares. */
  readonly joinsContainer?: string;
}

const everyHour: Schedule = {
  cron: "0 * * * *",
  timeZone: "UTC",
  concurrency: "forbid",
  history: { succeeded: 3, failed: 1 },
};

export const source = sourceId("dir:/stacks");
export const now = Date.parse("2026-01-01T00:00:00Z");

export function digestOf(reference: string): Digest {
  return digest(`sha256:${createHash("sha256").update(reference).digest("hex")}`);
}

export function aStack(name: string, services: Readonly<Record<string, ServiceWords>>): Stack {
  const built = Object.keys(services)
    .sort()
    .map((key) => aService(key, services[key] ?? {}, name));
  const volumes = Object.values(services).flatMap(({ volume }) => (volume === undefined ? [] : [volume]));
  const places = built.flatMap((service, index) => {
    const line = 3 + index * 10;
    const at = (path: string, offset: number) =>
      [path, { file: "compose.yaml", line: line + offset, column: 5 }] as const;
    const path = `services.${service.name}`;
    return [
      at(path, 0),
      at(`${path}.image`, 1),
      at(`${path}.environment`, 2),
      at(`${path}.environment.MODE`, 3),
      at(`${path}.network_mode`, 4),
    ];
  });
  return {
    name: stackName(name),
    directory: `/stacks/${name}`,
    services: built,
    volumes: [...new Set(volumes)].sort().map((volume) => ({ name: volume, external: false })),
    networks: networksOf(name, services),
    places: Object.fromEntries(places),
  };
}

function networksOf(
  stack: string,
  services: Readonly<Record<string, ServiceWords>>,
): readonly StackNetwork[] {
  const keys = new Set(Object.values(services).flatMap(({ networks = [] }) => networks));
  return [...keys].sort().map((key) => {
    const name = `${stack}_${key}`;
    return { key, name, ...(key !== "foreign" && { spec: aNetworkSpec(name) }) };
  });
}

function aService(name: string, words: ServiceWords, stack = "shop"): Service {
  const image = words.image ?? "busybox:1";
  const replicas = words.schedule ? 0 : (words.replicas ?? 1);
  const isJob = words.job === true || words.schedule !== undefined;
  const source: JsonObject = {
    image,
    ...(words.environment && { environment: words.environment }),
    ...(words.port !== undefined && { ports: [{ target: 80, published: words.port }] }),
    ...(words.replicas !== undefined && { deploy: { replicas } }),
    ...(words.joins !== undefined && { network_mode: `service:${words.joins}` }),
    ...(words.joinsContainer !== undefined && { network_mode: `container:${words.joinsContainer}` }),
    ...(words.networks && { networks: [...words.networks] }),
    ...(words.schedule && { "x-schedule": { ...words.schedule } }),
  };
  return {
    name: serviceName(name),
    replicas,
    ...(isJob && { job: true }),
    ...(words.schedule && { schedule: { ...everyHour, ...words.schedule } }),
    pullPolicy: "missing",
    restart: {
      ...{ condition: "on-failure", delayMs: 0, windowMs: 10_000, ...(isJob && { byExitCode: true }) },
      ...words.restart,
    },
    ...((words.order !== undefined || words.update) && {
      update: { ...words.update, ...(words.order !== undefined && { order: words.order }) },
    }),
    ...(words.rollback && { rollback: words.rollback }),
    dependsOn: Object.entries({
      ...words.dependsOn,
      ...(words.joins !== undefined && { [words.joins]: "started" as const }),
    }).map(([service, condition]) => ({
      service: serviceName(service),
      condition,
      required: true,
      ...(words.restartsWith?.includes(service) && { restart: true }),
    })),
    ports:
      words.port === undefined
        ? []
        : [{ hostAddress: "0.0.0.0", hostPort: words.port, containerPort: 80, protocol: "tcp" }],
    source,
    ...(words.joins !== undefined && {
      joins: [{ namespace: "network", service: serviceName(words.joins) }],
    }),
    ...(words.joinsContainer !== undefined && {
      containerJoins: [{ namespace: "network", container: words.joinsContainer }],
    }),
    container: aContainerSpec({
      image,
      environment: words.environment ?? {},
      ...(words.probed === true && { healthcheck: { test: ["CMD", "true"] } }),
      ...(words.networks && {
        networks: words.networks.map((key) => ({ network: `${stack}_${key}`, aliases: [] })),
      }),
      mounts:
        words.volume === undefined
          ? []
          : [{ kind: "volume", volume: words.volume, target: "/data", readOnly: false, noCopy: false }],
    }),
  };
}

export function desire(...stacks: readonly Stack[]): Desired {
  return { stacks: stacks.map(desireStack), absent: [], complete: [source] };
}

function desireStack(stack: Stack): DesiredStack {
  return { stack, source, revision: hashStack(stack) };
}

export const emptyWorld: Observed = { containers: [], images: {}, volumes: [], networks: [], routes: [] };

export function anInput(desired: Desired, changes: Partial<StepInput> = {}): StepInput {
  return {
    desired,
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
    inFlight: [],
    outcomes: [],
    now,
    ...changes,
  };
}

/** A container of another stack that nobody asked about. */
export function aStranger(): ObservedContainer {
  return {
    id: containerId("feedfacefeed"),
    stack: stackName("foreign"),
    service: serviceName("db"),
    slot: 1,
    specHash: hashService(aService("db", {}), digestOf("db")),
    state: "running",
    monitored: true,
    exitCode: null,
    startedAt: now,
    restartStreak: 0,
  };
}
