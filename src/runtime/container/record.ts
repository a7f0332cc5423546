/**
 * A container's record, the runtime's only database: written before every side effect, so that whoever comes after a
 * crash knows what may be there. A run that is not recorded is not one: what is left of it is taken away.
 */
import { readFileSync } from "node:fs";
import type { ContainerSpec, JoinedNamespace } from "../../model/container-spec.ts";
import type { Healthcheck } from "../../model/healthcheck.ts";
import { codeOf, messageOf, TallymanError } from "../../model/error.ts";
import { containerId, digest, type ContainerId, type Digest } from "../../model/ids.ts";
import type { Naming } from "../../model/naming.ts";
import type { MappedPort } from "../../model/route.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { IdRange } from "../../sys/pinned-namespace.ts";
import type { ProcessIdentity } from "../../sys/process.ts";
import type { OciRuntime } from "./monitor/oci-runtime.ts";
import { layoutOf } from "./layout.ts";
import type { AttachedNetwork } from "../network/types.ts";
import type { RuntimePaths } from "../types.ts";

const currentVersion = 1;

export interface ContainerRecord {
  readonly version: typeof currentVersion;
  readonly id: ContainerId;
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly image: Digest;
  /** Chosen when it was made. */
  readonly runtime: OciRuntime;
  /** Containers whose namespaces it shares. */
  readonly joins?: Readonly<Partial<Record<JoinedNamespace, ContainerId>>>;
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
  /** Somebody asked for its end, and has not started it since. */
  readonly stopped: boolean;
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

function parseRecord(text: string, id: ContainerId): ContainerRecord {
  const fields = objectIn(JSON.parse(text), "the file");
  const version = fields["version"];
  if (version !== currentVersion) {
    throw new Error(`it has version ${String(version)}; this program knows ${currentVersion}`);
  }
  if (fields["id"] !== id) throw new Error(`it is about ${String(fields["id"])}`);
  return {
    version,
    id: containerId(id),
    name: textIn(fields["name"], "name"),
    spec: specIn(fields["spec"]),
    image: digest(textIn(fields["image"], "image")),
    runtime: runtimeIn(fields["runtime"]),
    ...(fields["joins"] !== undefined && { joins: joinsIn(fields["joins"]) }),
    ...(fields["naming"] !== undefined && { naming: namingIn(fields["naming"]) }),
    ...(fields["ports"] !== undefined && {
      ports: listIn(fields["ports"], "ports") as ContainerRecord["ports"] & {},
    }),
    labels: Object.fromEntries(
      Object.entries(objectIn(fields["labels"], "labels")).map(([key, value]) => [key, textIn(value, key)]),
    ),
    ...(fields["oneOff"] === true && { oneOff: true }),
    createdAt: numberIn(fields["createdAt"], "createdAt"),
    stopSignal: numberIn(fields["stopSignal"], "stopSignal"),
    ...(fields["healthcheck"] !== undefined && { healthcheck: healthcheckIn(fields["healthcheck"]) }),
    ...(fields["keepsData"] === true && { keepsData: true }),
    isolation: isolationIn(fields),
    removing: fields["removing"] === true,
    stopped: fields["stopped"] === true,
    ...(fields["run"] !== undefined && { run: runIn(fields["run"]) }),
    ...(fields["lastExit"] !== undefined && { lastExit: exitIn(fields["lastExit"]) }),
    addresses: listIn(fields["addresses"], "addresses").map((address) => textIn(address, "addresses")),
    ...(fields["networks"] !== undefined && { networks: networksIn(fields["networks"]) }),
    restarts: numberIn(fields["restarts"], "restarts"),
    restartStreak: numberIn(fields["restartStreak"], "restartStreak"),
  };
}

/** Its form was checked when it was written, by us; here only that it is one. */
function specIn(value: unknown): ContainerSpec {
  const fields = objectIn(value, "spec");
  textIn(fields["image"], "spec.image");
  numberIn(fields["stopGraceMs"], "spec.stopGraceMs");
  for (const key of ["mounts", "capAdd", "capDrop", "ulimits"]) listIn(fields[key], `spec.${key}`);
  for (const key of ["environment", "labels", "security", "sysctls", "resources"]) {
    objectIn(fields[key], `spec.${key}`);
  }
  return value as ContainerSpec;
}

function healthcheckIn(value: unknown): Healthcheck {
  const fields = objectIn(value, "healthcheck");
  const number = (key: Exclude<keyof Healthcheck, "command">): number =>
    numberIn(fields[key], `healthcheck.${key}`);
  return {
    command: listIn(fields["command"], "healthcheck.command").map((word) =>
      textIn(word, "healthcheck.command"),
    ),
    intervalMs: number("intervalMs"),
    timeoutMs: number("timeoutMs"),
    retries: number("retries"),
    startPeriodMs: number("startPeriodMs"),
    startIntervalMs: number("startIntervalMs"),
  };
}

/** Records of before there were user namespaces have none. */
function isolationIn({ isolation, spec }: Readonly<Record<string, unknown>>): RecordedIsolation {
  if (isolation === undefined) {
    return { noNewPrivileges: specIn(spec).security.noNewPrivileges === true };
  }
  const { noNewPrivileges, ids, sharedWith } = objectIn(isolation, "isolation");
  return {
    noNewPrivileges: noNewPrivileges === true,
    ...(ids !== undefined && { ids: idsIn(ids) }),
    ...(sharedWith !== undefined && { sharedWith: containerId(textIn(sharedWith, "isolation.sharedWith")) }),
  };
}

function idsIn(value: unknown): IdRange {
  const { first, count } = objectIn(value, "isolation.ids");
  return { first: numberIn(first, "isolation.ids.first"), count: numberIn(count, "isolation.ids.count") };
}

/** A record without one is from before there was a choice. */
function runtimeIn(value: unknown): OciRuntime {
  if (value === undefined) return { name: "runc", program: "runc" };
  const fields = objectIn(value, "runtime");
  return {
    name: textIn(fields["name"], "runtime.name"),
    program: textIn(fields["program"], "runtime.program"),
  };
}

function networksIn(value: unknown): readonly AttachedNetwork[] {
  return listIn(value, "networks").map((each) => {
    const { network, interfaceName, addresses, joined } = objectIn(each, "networks");
    return {
      network: textIn(network, "networks.network"),
      interfaceName: textIn(interfaceName, "networks.interfaceName"),
      addresses: listIn(addresses, "networks.addresses").map((address) =>
        textIn(address, "networks.addresses"),
      ),
      joined: joined === true,
    };
  });
}

function namingIn(value: unknown): Naming {
  const { names, service } = objectIn(value, "naming");
  const list = (each: unknown): readonly string[] =>
    listIn(each, "naming").map((name) => textIn(name, "naming"));
  if (service === undefined) return { names: list(names) };
  const fields = objectIn(service, "naming.service");
  return {
    names: list(names),
    service: {
      id: textIn(fields["id"], "naming.service.id"),
      names: list(fields["names"]),
      memberNames: list(fields["memberNames"]),
      mode: fields["mode"] === "dnsrr" ? "dnsrr" : "vip",
    },
  };
}

function joinsIn(value: unknown): NonNullable<ContainerRecord["joins"]> {
  const { network, pid, ipc } = objectIn(value, "joins");
  return {
    ...(network !== undefined && { network: containerId(textIn(network, "joins.network")) }),
    ...(pid !== undefined && { pid: containerId(textIn(pid, "joins.pid")) }),
    ...(ipc !== undefined && { ipc: containerId(textIn(ipc, "joins.ipc")) }),
  };
}

function runIn(value: unknown): ContainerRun {
  const fields = objectIn(value, "run");
  const process = objectIn(fields["process"], "run.process");
  return {
    process: {
      bootId: textIn(process["bootId"], "run.process.bootId"),
      pid: numberIn(process["pid"], "run.process.pid"),
      startTime: numberIn(process["startTime"], "run.process.startTime"),
    },
    ...(fields["startedAt"] !== undefined && { startedAt: numberIn(fields["startedAt"], "run.startedAt") }),
    ...(fields["hooksPending"] === true && { hooksPending: true }),
  };
}

function exitIn(value: unknown): ContainerExit {
  const fields = objectIn(value, "lastExit");
  const { finishedAt, code } = fields;
  return {
    startedAt: numberIn(fields["startedAt"], "lastExit.startedAt"),
    ...(finishedAt !== undefined && { finishedAt: numberIn(finishedAt, "lastExit.finishedAt") }),
    code: code === null ? null : numberIn(code, "lastExit.code"),
    oomKilled: fields["oomKilled"] === true,
  };
}

function objectIn(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw unexpected(where, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function listIn(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected(where, "a list");
  return value;
}

function textIn(value: unknown, where: string): string {
  if (typeof value !== "string") throw unexpected(where, "a string");
  return value;
}

function numberIn(value: unknown, where: string): number {
  if (typeof value !== "number") throw unexpected(where, "a number");
  return value;
}

const unexpected = (where: string, wanted: string): Error => new Error(`${where} is not ${wanted}`);
