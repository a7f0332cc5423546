/** One line of the journal. Pure. */
import { isContainerId, isDigest } from "../../model/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { isHealthState } from "../health/health.ts";
import {
  eventKinds,
  isRolloutKind,
  isRunKind,
  isWordKind,
  type EventContainer,
  type Happening,
  type RolloutKind,
  type RunKind,
  type RuntimeEvent,
  type WordKind,
} from "./event.ts";

/** Undefined for a line that was cut, or that a later version wrote. */
export function parseEvent(line: string): RuntimeEvent | undefined {
  const fields = fieldsOf(line);
  const { time } = fields;
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  const happening = happeningOf(fields);
  return Number.isNaN(at) || happening === undefined ? undefined : { time: at, ...happening };
}

function fieldsOf(line: string): JsonObject {
  try {
    const value = JSON.parse(line) as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function happeningOf(fields: JsonObject): Happening | undefined {
  const kind = eventKinds.find((known) => known === fields["kind"]);
  if (kind === "pull" || kind === "load" || kind === "image-remove") {
    const { image, digest } = fields;
    if (typeof image !== "string") return undefined;
    return typeof digest === "string" && isDigest(digest) ? { kind, image, digest } : { kind, image };
  }
  if (kind !== undefined && isWordKind(kind)) return wordIn(kind, fields);
  if (kind !== undefined && isRolloutKind(kind)) return rolloutIn(kind, fields);
  if (kind !== undefined && isRunKind(kind)) return runIn(kind, fields);
  const container = containerIn(fields["container"]);
  if (kind === undefined || container === undefined) return undefined;
  switch (kind) {
    case "create":
    case "start":
    case "stop":
    case "pause":
    case "unpause":
    case "remove":
    case "oom":
    case "monitor-lost":
      return { kind, container };
    case "restart": {
      const { restarts } = fields;
      return typeof restarts === "number" ? { kind, container, restarts } : undefined;
    }
    case "kill": {
      const { signal } = fields;
      return typeof signal === "number" ? { kind, container, signal } : undefined;
    }
    case "die": {
      const { exitCode, oomKilled } = fields;
      if (typeof exitCode !== "number" && exitCode !== null) return undefined;
      return { kind, container, exitCode, oomKilled: oomKilled === true };
    }
    case "exec_start":
    case "exec_die":
      return execIn(kind, container, fields);
    case "health_status": {
      const { status, reason } = fields;
      if (typeof status !== "string" || !isHealthState(status)) return undefined;
      return { kind, container, status, ...(typeof reason === "string" && { reason }) };
    }
    case "limit-lowered": {
      const { limit, wanted, given } = fields;
      if (typeof limit !== "string" || typeof wanted !== "number" || typeof given !== "number")
        return undefined;
      return { kind, container, limit, wanted, given };
    }
  }
}

function wordIn(kind: WordKind, { subject, by, detail }: JsonObject): Happening | undefined {
  if (typeof subject !== "string") return undefined;
  return {
    kind,
    subject,
    ...(typeof by === "string" && { by }),
    ...(typeof detail === "string" && { detail }),
  };
}

function rolloutIn(
  kind: RolloutKind,
  { subject, revision, commit, to, reason }: JsonObject,
): Happening | undefined {
  if (typeof subject !== "string" || typeof revision !== "string") return undefined;
  return {
    kind,
    subject,
    revision,
    ...(typeof commit === "string" && { commit }),
    ...(typeof to === "string" && { to }),
    ...(typeof reason === "string" && { reason }),
  };
}

function runIn(kind: RunKind, { subject, run, detail }: JsonObject): Happening | undefined {
  if (typeof subject !== "string" || typeof run !== "string" || typeof detail !== "string") return undefined;
  return { kind, subject, run, detail };
}

function execIn(
  kind: "exec_start" | "exec_die",
  container: EventContainer,
  { execId, command, exitCode }: JsonObject,
): Happening | undefined {
  if (typeof execId !== "string" || typeof command !== "string") return undefined;
  if (kind === "exec_start") return { kind, container, execId, command };
  if (typeof exitCode !== "number" && exitCode !== null) return undefined;
  return { kind, container, execId, command, exitCode };
}

function containerIn(value: JsonValue | undefined): EventContainer | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, name, image, labels } = value;
  if (typeof id !== "string" || !isContainerId(id)) return undefined;
  if (typeof name !== "string" || typeof image !== "string" || !isLabels(labels)) return undefined;
  return { id, name, image, labels };
}

function isLabels(value: JsonValue | undefined): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((each) => typeof each === "string");
}
