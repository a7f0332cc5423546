/** A container's record as it is read again: what is not of the form that we write is damaged. Pure. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import type { Healthcheck } from "../../model/healthcheck.ts";
import { containerId, digest, type ContainerId } from "../../model/ids.ts";
import type { Naming } from "../../model/naming.ts";
import type { IdRange } from "../../sys/pinned-namespace.ts";
import type { AttachedNetwork } from "../network/types.ts";
import type { OciRuntime } from "./monitor/oci-runtime.ts";
import type { ContainerExit, ContainerRecord, ContainerRun, RecordedIsolation } from "./record.ts";

const currentVersion: ContainerRecord["version"] = 1;

/** Throws an Error that says what of it is not as we write it. */
export function parseRecord(text: string, id: ContainerId): ContainerRecord {
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
    ...(fields["volumesOf"] !== undefined && {
      volumesOf: containerId(textIn(fields["volumesOf"], "volumesOf")),
    }),
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
    ...(fields["hasFailed"] === true && { hasFailed: true }),
    stopped: fields["stopped"] === true,
    ...(fields["resumes"] === true && { resumes: true }),
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
