/** A Compose application after loading: every default filled in, every path absolute, everything sorted. */
import type { ContainerSpec, JoinedNamespace } from "./container-spec.ts";
import type { Place } from "./diagnostic.ts";
import type { ServiceName, StackName } from "./ids.ts";
import type { JsonObject } from "./json.ts";
import type { NetworkSpec } from "./network.ts";
import type { MappedPort } from "./route.ts";
import type { Schedule } from "./schedule.ts";

export interface Stack {
  readonly name: StackName;
  /** Absolute; what relative paths of the file are relative to. */
  readonly directory: string;
  /** Sorted by name. */
  readonly services: readonly Service[];
  /** Volumes that a service uses by name, sorted. */
  readonly volumes: readonly Volume[];
  /** Networks that a service joins, sorted by name. */
  readonly networks: readonly StackNetwork[];
  /** Key path (`services.web.image`, `services.web.ports[0]`) to where the file says it. */
  readonly places: Readonly<Record<string, Place>>;
}

export interface Service {
  readonly name: ServiceName;
  readonly container: ContainerSpec;
  readonly replicas: number;
  /** Each replica runs to its end, once for a spec; `parallelism` of its update says how many at once. */
  readonly job?: true;
  /** It is a job without replicas: each run of it is a container of its own. */
  readonly schedule?: Schedule;
  /** It is no service of the file, but a step of what comes before the start of this one. */
  readonly prepares?: ServiceName;
  readonly pullPolicy: PullPolicy;
  readonly restart: RestartPolicy;
  /** Absent where the file says nothing of it. */
  readonly update?: UpdatePolicy;
  /** How it goes back to the revision that this is; as `update` where absent. */
  readonly rollback?: UpdatePolicy;
  readonly dependsOn: readonly Dependency[];
  /** Namespaces of other services' containers in place of its own. Such a service is one of `dependsOn`, too. */
  readonly joins?: readonly Join[];
  /** The same of containers of other stacks. */
  readonly containerJoins?: readonly ContainerJoin[];
  readonly ports: readonly PublishedPort[];
  /**
   * What the user wrote for this service, in canonical long form, interpolated, without any default of ours.
   * The spec hash and the plan's "field: old -> new" are made from it.
   */
  readonly source: JsonObject;
}

export type PullPolicy = "missing" | "always" | "never";

/** Compose `deploy.restart_policy`, or `restart` in the same terms. */
export interface RestartPolicy {
  readonly condition: "none" | "on-failure" | "any";
  /** Least time between the exit and the next start. */
  readonly delayMs: number;
  /** Gives up after this many restarts in a row; absent: never. */
  readonly maxAttempts?: number;
  /** A run at least this long counts as a success: the attempts and the backoff begin anew. */
  readonly windowMs: number;
  /** Of a job, whose health nobody watches: also one that ended unhealthy has succeeded where its exit code is 0. */
  readonly byExitCode?: true;
}

/** Compose `deploy.update_config`, or `rollback_config`, with `x-rollout`. What is absent is as its default says. */
export interface UpdatePolicy {
  /** Absent: as it is best for the service. */
  readonly order?: "start-first" | "stop-first";
  /** How many replicas are replaced at once; 0: all of them. */
  readonly parallelism?: number;
  /** How many replicas more than wanted may run; absent: `parallelism` where the new ones start first. */
  readonly maxSurge?: ReplicaCount;
  /** How many of the wanted replicas may be away; absent: `parallelism` where the old ones stop first. */
  readonly maxUnavailable?: ReplicaCount;
  /** From the end of one replacement to the begin of the next. */
  readonly delayMs?: number;
  /**
   * How long a new replica is watched for failure; without a healthcheck also, how long it is waited for whose
   * published ports do not accept connections.
   */
  readonly monitorMs?: number;
  readonly failureAction?: "rollback" | "pause" | "continue";
  /** A failure of it takes back the service alone, and not its stack. */
  readonly scope?: "service";
  /** What its new replicas have written stays: once one has run, the stack is held where anything of it fails. */
  readonly irreversible?: true;
  /** Of the service's replicas, from 0 to 1: more failures than that are a failure of the update. */
  readonly maxFailureRatio?: number;
  /** A new replica that is not ready so long after its start has failed. */
  readonly healthyDeadlineMs?: number;
  /** An update that has come no further for so long has failed. */
  readonly progressDeadlineMs?: number;
  /** How long the open connections of a replica are waited for before it stops. */
  readonly drainMs?: number;
  /** So many replicas are updated first; the others when somebody promotes them. */
  readonly canary?: ReplicaCount;
  /** They are promoted by themselves when they have been ready for so long, and for as long as `monitorMs`. */
  readonly autoPromoteMs?: number;
  /** How many revisions are kept to go back to; of a stack, the most that a service of it says. */
  readonly history?: number;
}

/** A number of replicas, or a share of them. */
export type ReplicaCount = { readonly count: number } | { readonly percent: number };

export interface Dependency {
  readonly service: ServiceName;
  readonly condition: "started" | "healthy" | "completed";
  readonly required: boolean;
  /** Its containers are restarted when those of the other one were replaced, or restarted by us. */
  readonly restart?: true;
}

export interface Join {
  readonly namespace: JoinedNamespace;
  /** It has one replica. */
  readonly service: ServiceName;
}

export interface ContainerJoin {
  readonly namespace: JoinedNamespace;
  /** Its name. */
  readonly container: string;
}

export interface PublishedPort extends MappedPort {
  /** Mode `host`: it is one replica's, and not shared between an old and a new one. */
  readonly ofOneReplica?: true;
  /** One of these is to be chosen as the port of the host; 0 until then. */
  readonly choice?: PortRange;
  /** It was chosen for the replica in this slot, and is no other one's. */
  readonly slot?: number;
}

export interface PortRange {
  readonly first: number;
  /** It is one of them. */
  readonly last: number;
}

export interface Volume {
  /** Name in the volume store: `<stack>_<key>` unless the file names it. */
  readonly name: string;
  /** Made by somebody else: it must exist. */
  readonly external: boolean;
}

export interface StackNetwork {
  /** Under `networks`; `default` where the file does not name it. */
  readonly key: string;
  /** On this host. */
  readonly name: string;
  /** Absent where somebody else makes it: it must exist. */
  readonly spec?: NetworkSpec;
}
