/**
 * A container's record, the runtime's only database: written before every side effect, so that whoever comes after a
 * crash knows what may be there. A run that is not recorded is not one: what is left of it is taken away.
 */
import { readFileSync } from "node:fs";
import type { ContainerSpec, JoinedNamespace } from "../../model/container-spec.ts";
import type { Healthcheck } from "../../model/healthcheck.ts";
import { codeOf, messageOf, TallymanError } from "../../model/error.ts";
import type { ContainerId, Digest } from "../../model/ids.ts";
import type { Naming } from "../../model/naming.ts";
import type { MappedPort } from "../../model/route.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { IdRange } from "../../sys/pinned-namespace.ts";
import type { ProcessIdentity } from "../../sys/process.ts";
import type { OciRuntime } from "./monitor/oci-runtime.ts";
import { layoutOf } from "./layout.ts";
import { parseRecord } from "./parse-record.ts";
import type { AttachedNetwork } from "../network/types.ts";
import type { RuntimePaths } from "../types.ts";

export interface ContainerRecord {
  readonly version: 1;
  readonly id: ContainerId;
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly image: Digest;
  /** Chosen when it was made. */
  readonly runtime: OciRuntime;
  /** Containers whose namespaces it shares. */
  readonly joins?: Readonly<Partial<Record<JoinedNamespace, ContainerId>>>;
  /** The first container that had its anonymous volumes; absent where it has its own. */
  readonly volumesOf?: ContainerId;
  readonly naming?: Naming;
  readonly ports?: readonly MappedPort[];
  readonly labels: Readonly<Record<string, string>>;
  /** To be taken away when the process that made it is gone. */
  readonly oneOff?: true;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** A number: the spec's, the image's, or SIGTERM. */
  readonly stopSignal: number;
  /** The spec's, over the image's. */
  readonly healthcheck?: Healthcheck;
  /** Its image keeps data in volumes. */
  readonly keepsData?: true;
  readonly isolation: RecordedIsolation;
  /** Its removal has begun, and nothing but removal may follow. */
  readonly removing: boolean;
  /** Then: what it wrote is to be kept, whoever finishes the removal. */
  readonly hasFailed?: boolean;
  /** Somebody asked for its end, and has not started it since. */
  readonly stopped: boolean;
  /** To start it again right after. */
  readonly resumes?: boolean;
  /** The process that waits, runs, or ran last. */
  readonly run?: ContainerRun;
  /** How the run before `run` ended. */
  readonly lastExit?: ContainerExit;
  /** Of the network; kept over restarts. */
  readonly addresses: readonly string[];
  /** The same by network. */
  readonly networks?: readonly AttachedNetwork[];
  readonly restarts: number;
  readonly restartStreak: number;
}

/** As decided when it was made: a restart changes nothing of it. */
export interface RecordedIsolation {
  readonly noNewPrivileges: boolean;
  /** The ids of the host that stand for its own; absent where it has no user namespace. */
  readonly ids?: IdRange;
  /** Whose user namespace it has, where that is not its own: what is shared belongs to one. */
  readonly sharedWith?: ContainerId;
}

export interface ContainerRun {
  readonly process: ProcessIdentity;
  /** Set just before it is started. */
  readonly startedAt?: number;
  /** Its `postStart` hooks have not all ended. */
  readonly hooksPending?: true;
}

export interface ContainerExit {
  readonly startedAt: number;
  /** Absent where it is not known. */
  readonly finishedAt?: number;
  /** Null where it is not known. */
  readonly code: number | null;
  readonly oomKilled: boolean;
}

export type FoundRecord =
  | { readonly kind: "record"; readonly record: ContainerRecord }
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly reason: string };

/** Never throws for what the file holds. */
export function readRecord(paths: RuntimePaths, id: ContainerId): FoundRecord {
  const path = layoutOf(paths, id).record;
  try {
    return { kind: "record", record: parseRecord(readFileSync(path, "utf8"), id) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "absent" };
    return { kind: "damaged", reason: `${path}: ${messageOf(error)}` };
  }
}

/** For operations on a container that must be there. */
export function requireRecord(paths: RuntimePaths, id: ContainerId): ContainerRecord {
  const found = readRecord(paths, id);
  switch (found.kind) {
    case "record":
      return found.record;
    case "absent":
      throw new TallymanError("NO_SUCH_CONTAINER", `there is no container ${id}`);
    case "damaged":
      throw new TallymanError("DAMAGED_RECORD", found.reason, { hint: "Remove the container." });
  }
}

/** Durable when it resolves. */
export async function writeRecord(paths: RuntimePaths, record: ContainerRecord): Promise<void> {
  await writeFileAtomic(layoutOf(paths, record.id).record, `${JSON.stringify(record, undefined, 1)}\n`);
}
