/** What `step` reads and writes. Plain data; times in milliseconds since the epoch. */
import type {
  ContainerId,
  Digest,
  RevisionId,
  ServiceName,
  SourceId,
  SpecHash,
  StackName,
} from "../model/ids.ts";
import type { Hold } from "../model/hold.ts";
import type { InventoryEntry, KeptRevision, Rollout } from "../model/rollout.ts";
import type { NetworkSpec } from "../model/network.ts";
import type { MappedPort, Route } from "../model/route.ts";
import type { Stack } from "../model/stack.ts";
import type { Operation } from "./operation.ts";

export interface StepInput {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly inventory: readonly InventoryEntry[];
  readonly rollouts: readonly Rollout[];
  /** Started and not yet ended. */
  readonly inFlight: readonly Operation[];
  /** Ended since the last step. */
  readonly outcomes: readonly Outcome[];
  readonly now: number;
}

export interface StepResult {
  /** What may begin now, all at once; each is safe whatever becomes of the others. */
  readonly operations: readonly Operation[];
  /** To be saved before an operation begins. */
  readonly inventory: readonly InventoryEntry[];
  readonly rollouts: readonly Rollout[];
  /** What became of runs that did not go as their schedule says. */
  readonly news?: readonly RunNews[];
  /** Look again then, even if nothing happens until then. */
  readonly wakeAt?: number;
  /** What goes no further for now, though nothing of it fails. */
  readonly waits?: readonly Wait[];
}

/**
 * `delay`: between two replicas. `promotion`: after its canaries. `port`: until another stack has left it. `watch`: all
 * of it stands, and is watched for failure.
 */
export interface Wait {
  readonly stack: StackName;
  /** Absent where it is the whole stack. */
  readonly service?: ServiceName;
  readonly kind: "delay" | "promotion" | "port" | "watch";
  /** Absent where no time ends it. */
  readonly until?: number;
  /** The stack that has yet to leave the port. */
  readonly holder?: StackName;
}

export interface RunNews {
  readonly kind: "run-left-out" | "run-delayed" | "run-expired";
  readonly stack: StackName;
  readonly service: ServiceName;
  /** Which run. */
  readonly time: number;
  readonly why: string;
}

export interface Desired {
  /** One per name. */
  readonly stacks: readonly DesiredStack[];
  /** To be taken away whole, whatever the inventory says. */
  readonly absent: readonly StackName[];
  /** Sources that could be read whole: a stack of theirs that is not in `stacks` has left. */
  readonly complete: readonly SourceId[];
}

export interface DesiredStack {
  readonly stack: Stack;
  readonly source: SourceId;
  readonly revision: RevisionId;
  readonly commit?: string;
  /** Services that run with other numbers of replicas than the files say, whichever revision is in force. */
  readonly scaled?: Readonly<Record<string, number>>;
  /** As the files have it, where something is scaled. */
  readonly asWritten?: Stack;
  /** Services that were taken back, or are in the files no more: of which revision they are. */
  readonly earlier?: KeptRevision["earlier"];
  /** Nothing of it is changed. */
  readonly suspended?: Hold;
  /** Services whose containers are not to run; one without a name stands for all. */
  readonly stopped?: readonly (Hold & { readonly service?: ServiceName })[];
  /** Services that need not wait any longer after their first new replicas; one without a name stands for all. */
  readonly promoted?: readonly { readonly service?: ServiceName }[];
  /** Somebody wants this revision instead, until another one is asked for. */
  readonly back?: Hold & { readonly to: KeptRevision };
  /** What the files alone come to, where `revision` has restarts in it that somebody asked for. */
  readonly written?: RevisionId;
  /** The revision that it has gone back to, with restarts in it that somebody asked for since. */
  readonly restarted?: KeptRevision;
  /** What has begun in a slot is brought to its end, and nothing else of the rollout begins. */
  readonly paused?: Hold;
}

export interface Observed {
  readonly containers: readonly ObservedContainer[];
  /** By reference as in the stack file; absent where the image is not on this host. */
  readonly images: Readonly<Record<string, ObservedImage>>;
  readonly volumes: readonly string[];
  readonly networks: readonly ObservedNetwork[];
  readonly routes: readonly Route[];
  /** When the host came up. */
  readonly upSince?: number;
}

export interface ObservedImage {
  readonly digest: Digest;
  /** Ready to run. */
  readonly stored: boolean;
  /** A file or folder: its content alone says what it is, at every look. */
  readonly onDisk: boolean;
}

export interface ObservedNetwork {
  readonly spec: NetworkSpec;
  /** Whose it is; absent where no stack made it. */
  readonly stack?: StackName;
  /** A CIDR. */
  readonly subnet: string;
  /** Of IPv6; absent where it has none. */
  readonly subnet6?: string;
}

export interface ObservedContainer {
  readonly id: ContainerId;
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly slot: number;
  readonly specHash: SpecHash;
  readonly state: "incomplete" | "created" | "running" | "exited";
  readonly monitored: boolean;
  readonly exitCode: number | null;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly restartStreak: number;
  /** It was stopped to be started again: where nobody plans, whoever finds it so does. */
  readonly resumes?: true | undefined;
  /** It runs, and what belongs to its start has not all ended. */
  readonly hooksPending?: boolean;
  /** Its image keeps data in volumes. */
  readonly keepsData?: true;
  /** As its healthcheck or its probes found its present run, or its last; absent where it has none. */
  readonly health?: "starting" | "healthy" | "unready" | "unhealthy";
  /** Where it is so: it was ready in this run, and is not any more. */
  readonly unreadySince?: number;
  /** False where its service's published TCP ports were tried, and one does not accept connections yet. */
  readonly accepts?: boolean;
  /** Ports of the host that are kept for it. */
  readonly ports?: readonly MappedPort[];
  /** Containers whose namespaces it was made to share. */
  readonly joined?: readonly ContainerId[];
  /** Names of the networks that it was made to be on; absent where it is on none by itself. */
  readonly networks?: readonly string[];
  /** Names of the volumes that it mounts, in the order of where; absent where there are none, or nobody knows. */
  readonly volumes?: readonly string[];
}

export interface Outcome {
  readonly operation: Operation;
  readonly result:
    | { readonly kind: "done"; readonly digest?: Digest }
    | { readonly kind: "failed"; readonly message: string; readonly hint?: string };
}
