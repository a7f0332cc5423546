/** Operations: each is one call on the runtime, safe to repeat, with the reason for it. */
import type { ContainerSpec, JoinedNamespace } from "../model/container-spec.ts";
import type { ContainerId, Digest, RevisionId, ServiceName, SpecHash, StackName } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import type { NetworkSpec } from "../model/network.ts";
import type { ScheduleTimes } from "../model/schedule.ts";
import type { PublishedPort, RestartPolicy } from "../model/stack.ts";
import type { HostPort } from "../model/route.ts";

export type Operation =
  | PullOperation
  | CreateVolumeOperation
  | CreateNetworkOperation
  | RemoveNetworkOperation
  | CreateOperation
  | StartOperation
  | JoinOperation
  | LeaveOperation
  | StopOperation
  | RemoveOperation;

/** Those on one container. */
export type ContainerOperation = Extract<Operation, { readonly container: ContainerRef }>;

interface Common {
  readonly stack: StackName;
  /** The rollout that it belongs to; absent where a stack is taken away. */
  readonly revision?: RevisionId;
  readonly cause: Cause;
  /** Keys of operations whose effect this one needed; those that were done before this plan are named too. */
  readonly after: readonly string[];
}

/** Fetches an image, or loads it from disk. */
export interface PullOperation extends Common {
  readonly kind: "pull";
  readonly reference: string;
}

export interface CreateVolumeOperation extends Common {
  readonly kind: "create-volume";
  readonly volume: string;
}

/** Makes a network, or makes it what its stack says now. */
export interface CreateNetworkOperation extends Common {
  readonly kind: "create-network";
  readonly network: NetworkSpec;
}

export interface RemoveNetworkOperation extends Common {
  readonly kind: "remove-network";
  readonly network: Pick<NetworkSpec, "name">;
}

/** Makes a container up to the point where its process waits to be started. */
export interface CreateOperation extends Common {
  readonly kind: "create";
  readonly container: ContainerRef;
  readonly specHash: SpecHash;
  readonly image: Digest;
  readonly spec: ContainerSpec;
  /** Containers whose namespaces it is to share. */
  readonly joins?: Readonly<Partial<Record<JoinedNamespace, ContainerId>>>;
  /** Whose anonymous volumes it takes over: that one ends before it starts. */
  readonly inherits?: ContainerId;
  /** Ports of the host that are to be kept for it. */
  readonly ports: readonly PublishedPort[];
  /** Kept with the container, for whoever finds that it has ended while nobody plans. */
  readonly restart: RestartPolicy;
  /** The user's words for it, kept so that a later plan can say what changed. */
  readonly source: JsonObject;
  /** Of a run: what it is begun by. */
  readonly schedule?: ScheduleTimes;
}

export interface StartOperation extends Common {
  readonly kind: "start";
  readonly container: ContainerRef;
  /** Present for a restart: how many in a row there now were. */
  readonly restartStreak?: number;
}

/** The container begins to receive traffic. */
export interface JoinOperation extends Common {
  readonly kind: "join";
  readonly container: ContainerRef;
  readonly ports: readonly PublishedPort[];
}

/** The container receives no new connection from now on. */
export interface LeaveOperation extends Common {
  readonly kind: "leave";
  readonly container: ContainerRef;
  readonly ports: readonly HostPort[];
}

export interface StopOperation extends Common {
  readonly kind: "stop";
  readonly container: ContainerRef;
  /** How long, at most, its open connections are waited for before. */
  readonly drainMs?: number;
  /** It is started again after that. */
  readonly resumes?: true;
}

export interface RemoveOperation extends Common {
  readonly kind: "remove";
  readonly container: ContainerRef;
  /** Names of networks that it leaves. */
  readonly networks?: readonly string[];
  /** It is of a revision that failed: what it wrote is kept. */
  readonly hasFailed?: true;
}

export interface ContainerRef {
  readonly id: ContainerId;
  readonly service: ServiceName;
  readonly slot: number;
}

/** Why an operation is there. What changed in a spec is told by `explain.ts`, from the two hashes. */
export type Cause =
  | { readonly kind: "image-needed" }
  | { readonly kind: "volume-needed" }
  | { readonly kind: "network-needed" }
  | { readonly kind: "network-changed" }
  /** No service of its stack joins it any more. */
  | { readonly kind: "network-left" }
  | { readonly kind: "new-service" }
  | { readonly kind: "replica-missing" }
  | { readonly kind: "spec-changed"; readonly from: SpecHash }
  | { readonly kind: "created" }
  | { readonly kind: "running" }
  | { readonly kind: "exited"; readonly exitCode: number | null }
  | { readonly kind: "unhealthy" }
  /** It runs, and does not serve yet. */
  | { readonly kind: "not-ready" }
  | { readonly kind: "interrupted" }
  /** What belongs to its start was. */
  | { readonly kind: "start-interrupted" }
  | { readonly kind: "monitor-died" }
  /** The container is on other networks than its service is now. */
  | { readonly kind: "networks-changed"; readonly from: readonly string[]; readonly to: readonly string[] }
  /** The container mounts other volumes than its service does now, by the same words of its own. */
  | { readonly kind: "volumes-changed"; readonly from: readonly string[]; readonly to: readonly string[] }
  /** The container of this service, whose namespaces it shares, is another one now. */
  | { readonly kind: "joined-replaced"; readonly service: ServiceName }
  /** The same of a container of another stack, by its name. */
  | { readonly kind: "joined-container-replaced"; readonly container: string }
  /** The containers of this service, which it depends on, were replaced or restarted. */
  | { readonly kind: "dependency-renewed"; readonly service: ServiceName }
  /** Somebody said so. */
  | { readonly kind: "stopped"; readonly by: string }
  | { readonly kind: "scaled-down"; readonly replicas: number }
  | { readonly kind: "service-left" }
  | { readonly kind: "stack-removed" }
  | { readonly kind: "rollout-failed" }
  /** A run of a scheduled service: that for this time. */
  | { readonly kind: "run-due"; readonly time: number }
  /** It took longer than a run may. */
  | { readonly kind: "run-expired"; readonly timeoutMs: number }
  /** The next one takes its place. */
  | { readonly kind: "run-replaced"; readonly time: number }
  /** It never started, and there is no run for its time. */
  | { readonly kind: "run-left-out" }
  /** So many runs that ended as it did are kept. */
  | { readonly kind: "run-past"; readonly kept: number };

/** The same for two operations that must not run at the same time or twice. */
export function keyOf(operation: Operation): string {
  if (operation.kind === "pull") return pullKey(operation.reference);
  if (operation.kind === "create-volume") return volumeKey(operation.volume);
  if (operation.kind === "create-network") return networkKey(operation.network.name);
  if (operation.kind === "remove-network") return `remove-network ${operation.network.name}`;
  return containerKey(operation.kind, operation.container.id);
}

/** The how manieth start in a row it is of what has ended; 0 for all else. */
export function streakOf(operation: Operation): number {
  return operation.kind === "start" ? (operation.restartStreak ?? 0) : 0;
}

export const pullKey = (reference: string): string => `pull ${reference}`;
export const volumeKey = (volume: string): string => `create-volume ${volume}`;
export const networkKey = (network: string): string => `create-network ${network}`;
export const containerKey = (kind: ContainerOperation["kind"], id: ContainerId): string => `${kind} ${id}`;

/** `hello-web-1`: how people know a container. */
export function containerName(stack: StackName, container: Pick<ContainerRef, "service" | "slot">): string {
  return `${stack}-${container.service}-${container.slot}`;
}
