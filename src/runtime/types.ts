/**
 * The runtime's interface: containers, images, volumes and published ports, in plain data.
 * It has never heard of stacks. A reader takes no lock and writes nothing; a runtime holds the lock.
 */
import type { ContainerSpec, JoinedNamespace } from "../model/container-spec.ts";
import type { ContainerId, Digest } from "../model/ids.ts";
import type { Naming } from "../model/naming.ts";
import type { HeldPort, MappedPort, Route } from "../model/route.ts";
import type { ContainerDetails } from "./container/inspect.ts";
import type { RuntimeEvent } from "./events/event.ts";
import type { EventOptions } from "./events/read-events.ts";
import type { HealthState } from "./health/health.ts";
import type { ImageReader, ImageStore } from "./image/types.ts";
import type { HostRoute } from "./network/bridge.ts";
import type { AttachedNetwork, NetworkRequest } from "./network/types.ts";
import type { Listener } from "./network/listening-socket.ts";
import type { NetworkRecord } from "./network/network-record.ts";
import type { ProcessInfo } from "./usage/process-info.ts";
import type { Usage } from "./usage/usage.ts";

export type { Route } from "../model/route.ts";
export type { AttachedNetwork } from "./network/types.ts";

/** The two directories that hold all state. Both absolute. */
export interface RuntimePaths {
  /** Survives a reboot: `/var/lib/tallyman`. */
  readonly dataDir: string;
  /** Does not: `/run/tallyman`. */
  readonly runDir: string;
}

export interface RuntimeReader {
  readonly images: ImageReader;
  /** Every container that has a record, sorted by id. */
  list(): Promise<readonly ContainerStatus[]>;
  /** Containers whose record cannot be read, and why: they are in no list and are left alone until removed. */
  damaged(): Promise<readonly DamagedContainer[]>;
  /** Names in the volume store, sorted. */
  volumes(): Promise<readonly string[]>;
  /** Networks that were made, sorted by name, without the one that containers share who name none. */
  networks(): Promise<readonly NetworkRecord[]>;
  /** The published ports as the kernel has them now, sorted by port. */
  routes(): Promise<readonly Route[]>;
  /** Sockets of other programs that ports would meet. */
  listeners(ports: readonly HeldPort[]): Promise<readonly Listener[]>;
  /** Of this host, IPv4 and IPv6. */
  hostAddresses(): readonly string[];
  /** What this host has left for networks that are to be made. */
  addressing(): Promise<AddressRoom>;
  logs(id: ContainerId, options: LogOptions): AsyncIterable<LogLine>;
  /** What happened to containers and images, as far back as the journal goes. */
  events(options: EventOptions): AsyncIterable<RuntimeEvent>;
  /** What it uses now; undefined where it does not run. */
  usage(id: ContainerId): Promise<Usage | undefined>;
  /** What there is to know of it besides its status. Throws NO_SUCH_CONTAINER, DAMAGED_RECORD. */
  inspect(id: ContainerId): Promise<ContainerDetails>;
  /** Sorted by pid; empty where it does not run. */
  processes(id: ContainerId): Promise<readonly ProcessInfo[]>;
  /** Calls back when a container may have changed state. Level-triggered: look with `list`. A reader sees exits only. */
  onChange(listener: () => void): Disposable;
}

export interface AddressRoom {
  /** Those of the host that do not lead to networks of ours. */
  readonly routes: readonly HostRoute[];
  /** CIDRs that subnets are taken from for networks that name none. */
  readonly pools: readonly string[];
  /** How many more of these there are. */
  readonly freeSubnets: number;
  /** Links of the host can have addresses of IPv6. */
  readonly hasIPv6: boolean;
  /** Names of the links of the host. */
  readonly links: readonly string[];
  /** CNI configurations of the host, and whether their plugins can lead ports of it to containers. */
  readonly cniNetworks: readonly { readonly name: string; readonly leadsPorts: boolean }[];
}

export interface Runtime extends RuntimeReader, AsyncDisposable {
  readonly images: ImageStore;
  /**
   * Makes the container with its network, its mounts and its monitor, up to the point where its process waits to be
   * started: what cannot run (no such command, a bad mount) fails here. Safe to repeat with the same id after a crash.
   */
  create(request: CreateRequest): Promise<void>;
  /**
   * Starts a created or exited container. An exited one keeps its id, writable layer and address. Done when its
   * `postStart` hooks have ended; throws HOOK_FAILED where one of them fails, and the container has ended then.
   */
  start(id: ContainerId, options?: StartOptions): Promise<void>;
  /** Runs its `preStop` hooks, sends the stop signal, waits for the grace period, kills. Done when the exit is recorded; no error if it is. */
  stop(id: ContainerId, options?: StopOptions): Promise<void>;
  /** Waits until nobody has a TCP connection open to it, at most so long. It is to have been withdrawn before. */
  drain(id: ContainerId, options: { readonly timeoutMs: number }): Promise<void>;
  /** Takes away all that `create` made; kills what still runs. No error if there is nothing. */
  remove(id: ContainerId, options?: RemoveOptions): Promise<void>;
  createVolume(name: string): Promise<void>;
  /** Makes the network so. Safe to repeat. Throws SUBNET_TAKEN, NO_FREE_SUBNET, NETWORK_IN_USE. */
  createNetwork(request: NetworkRequest): Promise<void>;
  /** No error where there is none. Throws NETWORK_IN_USE. */
  removeNetwork(name: string): Promise<void>;
  /** Makes the bridges of networks that are there, for those who join them without the lock. */
  bringUp(networks: readonly string[]): Promise<void>;
  /** Sets the backends of each named host port in one transaction. An empty list of backends unpublishes it. */
  setRoutes(routes: readonly Route[]): Promise<void>;
  /** Whether the addresses and names of their services lead to these containers. What is as it should be costs nothing. */
  setReady(ready: ReadonlyMap<ContainerId, boolean>): Promise<void>;
  /** Names with a dot that are a stack's also while nobody has them: nobody else is asked for them. None: no longer. */
  reserveNames(stack: string, names: readonly string[]): void;
  /** Takes away what an interrupted run left and, where no container is left, bridge, table and cgroups. */
  sweep(): Promise<void>;
}

export interface CreateRequest {
  readonly id: ContainerId;
  readonly name: string;
  readonly spec: ContainerSpec;
  /** The image, already in the store. */
  readonly image: Digest;
  /** Containers whose namespaces it shares in place of its own; each has to be there, created or running. */
  readonly joins?: Readonly<Partial<Record<JoinedNamespace, ContainerId>>>;
  /** The container whose anonymous volumes it takes over; nothing where that has none, or is gone. */
  readonly inherits?: ContainerId;
  /** What others on its networks call it. */
  readonly naming?: Naming;
  /** Ports of the host that are kept for it, and for those that have the same, as long as it is there. */
  readonly ports?: readonly MappedPort[];
  /** Opaque to the runtime, kept in the record, returned by `list`. */
  readonly labels: Readonly<Record<string, string>>;
  /** It lives no longer than the process that makes it, see `one-off/one-off.ts`. */
  readonly oneOff?: true;
}

export interface StopOptions {
  /** It is started again right after: where whoever stops it ends before that, others do. */
  readonly resumes?: boolean;
}

export interface RemoveOptions {
  /** What it wrote is kept, until another container of its name is removed. */
  readonly hasFailed?: boolean;
}

export interface OpenOptions {
  /** For a moment: others wait for it, and what an interrupted run left is left to one who has more time. */
  readonly briefly?: boolean;
  readonly onExit?: ExitHandler;
  /** Told, by each sweep, of what an interrupted run left and what cannot be taken away. */
  readonly onLeftover?: (leftover: Leftover) => void;
}

/** Of a container that is no longer wanted. */
export interface Leftover {
  readonly id: ContainerId;
  /** Why it is still there. */
  readonly error: unknown;
}

/** Who looks after containers that exit while nobody holds the lock. */
export interface ExitHandler {
  /** An argv, its program by absolute path. Run when a process has ended; one at a time, and in the background. */
  readonly command: readonly string[];
  /** What it is given beside PATH. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether there is something for it to do about a container that is as it is when the lock is given up. */
  readonly awaits: (status: ContainerStatus) => boolean;
}

export interface StartOptions {
  /** Present when this is a restart: how many in a row there now were. Kept in the record. */
  readonly restartStreak?: number;
}

export type ContainerState =
  /** Its creation was interrupted: create it again, or remove it. */
  "incomplete" | "created" | "running" | "exited";

export interface ContainerStatus {
  readonly id: ContainerId;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  /** False where it runs and its monitor (conmon) is gone: its exit code would be lost. */
  readonly monitored: boolean;
  /** It runs, and its processes are held. */
  readonly paused: boolean;
  readonly image: { readonly reference: string; readonly digest: Digest };
  readonly pid?: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Absent while it has not exited; null when it is not known. */
  readonly exitCode?: number | null;
  /** It runs, and its hooks that belong to its start have not all ended; `start` runs them. */
  readonly hooksPending?: true;
  /** Its end was asked for with `stop`, and it was not started since. */
  readonly stopped: boolean;
  /** It was stopped to be started again, by whoever gets to it. */
  readonly resumes?: true;
  readonly oomKilled: boolean;
  /** Of the present run, or the last; absent where nothing probes it or it never ran. */
  readonly health?: HealthStatus;
  readonly restarts: number;
  readonly restartStreak: number;
  /** Its image keeps data in volumes. */
  readonly keepsData?: true;
  /** Ports of the host that are kept for it; absent where there are none. */
  readonly ports?: readonly MappedPort[];
  /** Named ones, in the order of where it mounts them; absent where there are none. */
  readonly volumes?: readonly string[];
  /** On our networks, those of its first network first. */
  readonly addresses: readonly string[];
  /** The same by network; empty where it is not attached. */
  readonly networks: readonly AttachedNetwork[];
}

export interface HealthStatus {
  readonly state: HealthState;
  /** Failures in a row that count. */
  readonly failures: number;
  /** When the last probe ended. Milliseconds since the epoch. */
  readonly checkedAt?: number;
  /** Since when it is so, where it has probes and was otherwise before. */
  readonly changedAt?: number;
  /** After this time, `state` is what was so once: nobody probes it. */
  readonly newsBy: number;
}

export interface DamagedContainer {
  readonly id: ContainerId;
  readonly reason: string;
}

export interface LogOptions {
  /** Only the last so many lines of those that are asked for; absent: all. */
  readonly tail?: number;
  /** Only lines from this time on, and before that one. Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Only what the run before the present one wrote; nothing where there was none. */
  readonly previous?: boolean;
  /** Goes on with what is written from now on, until the process has exited. */
  readonly follow?: boolean;
  /** With `follow`: asked of a container whose process has exited, whether to wait for another run of it. */
  readonly outlasts?: (status: ContainerStatus) => boolean;
  /** With `follow`: called whenever all that has been written was given out. */
  readonly onCaughtUp?: () => void;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Without its newline. */
  readonly text: string;
}
