/** A plan told by service: what happens to each, and which fields of which file are the reason. Pure. */
import type { Place } from "../../model/diagnostic.ts";
import type { ServiceName, SpecHash, StackName } from "../../model/ids.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import { redact } from "../../model/redact.ts";
import { hiddenValue, namesSecret } from "../../model/secret-name.ts";
import { fieldPath } from "../../model/service-path.ts";
import { replacementSpec } from "../../model/spec-hash.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { diffSpec, type FieldChange } from "./diff-spec.ts";
import type { Cause, Operation } from "../operation.ts";
import { timeText } from "./hold-text.ts";
import type { Plan } from "./plan.ts";
import { replacementsIn } from "./replacement.ts";

export type ServiceAction = "create" | "replace" | "restart" | "stop" | "remove";

export interface ServiceSummary {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly action: ServiceAction;
  /** Slots that it happens to, sorted. */
  readonly slots: readonly number[];
  /** As a phrase: `new service`, `exited with 1`. */
  readonly reason: string;
  readonly changes: readonly PlacedChange[];
}

export interface PlacedChange extends FieldChange {
  readonly place?: Place;
}

/** Containers, by what happens to them. */
export type Counts = Readonly<Record<ServiceAction, number>>;

/** @param specs The user's specs by hash, as remembered when their containers were made. */
export function summarize(
  plan: Plan,
  specs: Readonly<Record<SpecHash, JsonObject>>,
): readonly ServiceSummary[] {
  const groups = new Map<string, ServiceSummary>();
  const replaces = replacementsIn(plan);
  for (const { operation } of plan.operations) {
    const action = actionOf(operation, replaces(operation));
    if (action === undefined || !("container" in operation)) continue;
    const { service, slot } = operation.container;
    const key = [operation.stack, service, action, operation.cause.kind].join(" ");
    const known = groups.get(key);
    const stack = plan.stacks.find((each) => each.stack.name === operation.stack)?.stack;
    groups.set(key, {
      stack: operation.stack,
      service,
      action,
      slots: [...new Set([...(known?.slots ?? []), slot])].sort((a, b) => a - b),
      reason: describeCause(operation.cause),
      changes: known?.changes ?? changesOf(operation, specs, stack),
    });
  }
  return [...groups.values()].sort((a, b) =>
    `${a.stack}/${a.service}` < `${b.stack}/${b.service}` ? -1 : 1,
  );
}

export function count(summaries: readonly ServiceSummary[]): Counts {
  const counts = { create: 0, replace: 0, restart: 0, stop: 0, remove: 0 };
  for (const { action, slots } of summaries) counts[action] += slots.length;
  return counts;
}

/** What an operation means for its service; undefined for those that only serve another one. */
function actionOf({ kind, cause }: Operation, replaces: boolean): ServiceAction | undefined {
  if (kind === "create") return replaces ? "replace" : "create";
  if (kind === "start") return restarts.has(cause.kind) ? "restart" : undefined;
  if (kind === "stop") return cause.kind === "stopped" ? "stop" : undefined;
  if (kind === "remove") return replaces ? undefined : "remove";
  return undefined;
}

/** Why a container that has run is started. */
const restarts: ReadonlySet<Cause["kind"]> = new Set(["exited", "rollout-failed", "dependency-renewed"]);

export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case "image-needed":
      return "not on this host";
    case "volume-needed":
      return "does not exist yet";
    case "network-needed":
      return "does not exist yet";
    case "network-changed":
      return "the file says otherwise now";
    case "network-left":
      return "no service joins it any more";
    case "networks-changed":
      return `it is to be on ${cause.to.join(", ") || "no network"}, not on ${cause.from.join(", ") || "none"}`;
    case "volumes-changed":
      return `it is to mount ${cause.to.join(", ") || "no volume"}, not ${cause.from.join(", ")}`;
    case "new-service":
      return "new service";
    case "replica-missing":
      return "replica missing";
    case "spec-changed":
      return "its spec changed";
    case "created":
      return "made";
    case "running":
      return "it runs";
    case "exited":
      return cause.exitCode === null ? "ended, exit code unknown" : `exited with ${cause.exitCode}`;
    case "unhealthy":
      return "it is unhealthy";
    case "not-ready":
      return "it does not serve yet";
    case "interrupted":
      return "its creation was interrupted";
    case "start-interrupted":
      return "its post_start hooks were interrupted";
    case "monitor-died":
      return "its monitor died";
    case "joined-replaced":
      return `it shares namespaces of ${cause.service}, which is replaced`;
    case "joined-container-replaced":
      return `it shares namespaces of ${cause.container}, which has been replaced`;
    case "dependency-renewed":
      return `${cause.service}, which it depends on, is another one now`;
    case "stopped":
      return `stopped by ${cause.by}`;
    case "scaled-down":
      return `scaled down to ${cause.replicas}`;
    case "service-left":
      return "no longer in the file";
    case "stack-removed":
      return "the stack is taken away";
    case "rollout-failed":
      return "the rollout failed";
    case "run-due":
      return `its run of ${timeText(cause.time)} is due`;
    case "run-expired":
      return `the run took longer than ${cause.timeoutMs / 1000} s`;
    case "run-replaced":
      return `the run of ${timeText(cause.time)} takes its place`;
    case "run-left-out":
      return "its run was left out";
    case "run-past":
      return `of runs that ended so, ${cause.kept} ${cause.kept === 1 ? "is" : "are"} kept`;
  }
}

/** What makes a new container different from the one whose place it takes; values of secrets are not told. */
export function changesOf(
  operation: Operation,
  specs: Readonly<Record<SpecHash, JsonObject>>,
  stack: Stack | undefined,
): readonly PlacedChange[] {
  if (operation.kind !== "create" || operation.cause.kind !== "spec-changed") return [];
  const before = specs[operation.cause.from];
  if (before === undefined) return [];
  const changes = diffSpec(replacementSpec(before), replacementSpec(operation.source));
  const { service: name } = operation.container;
  const service = stack?.services.find((each) => each.name === name) ?? { name };
  const all = changes.length === 0 ? [{ field: "image", to: operation.image }] : changes;
  return all.map((change) => placed(change, service, stack));
}

/** With where the file says it, or the nearest field around it that the file has. */
function placed(
  whole: FieldChange,
  service: Pick<Service, "name" | "prepares">,
  stack: Stack | undefined,
): PlacedChange {
  const change = withoutSecrets(whole);
  const top = `services.${service.prepares ?? service.name}`;
  for (let path = fieldPath(service, change.field); path.length >= top.length; path = parentOf(path)) {
    const place = stack?.places[path];
    if (place !== undefined) return { ...change, place };
  }
  return change;
}

/** `a.b[0]` is within `a.b` is within `a`; an empty path ends the climb. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}

/** Values under a name that speaks of a secret, and what is secret in others by its place, are not told to anybody. */
function withoutSecrets({ field, from, to }: FieldChange): FieldChange {
  const isSecret = namesSecret(field);
  const tell = (value: JsonValue): JsonValue => (isSecret ? hiddenValue : redact(value));
  return {
    field,
    ...(from !== undefined && { from: tell(from) }),
    ...(to !== undefined && { to: tell(to) }),
  };
}
