/** How far a stack has come, for `rollout status`. Pure. */
import type { StackHold } from "../../agent/holds.ts";
import { entryOf } from "../../model/entry-of.ts";
import { lastOfUse } from "../../model/last-of-use.ts";
import { printable } from "../../model/printable.ts";
import type { Rollout, RolloutPhase } from "../../model/rollout.ts";
import { unmetText } from "../../reconcile/plan/unmet-text.ts";
import { holdJson } from "../../reconcile/plan/hold-text.ts";
import { outcomeText, takenBackText } from "../../reconcile/plan/outcome-text.ts";
import { isGoingBack } from "../../reconcile/step/going-back.ts";
import { commandName } from "../command-name.ts";
import { heldText } from "./held.ts";
import { imageName } from "./image-name.ts";
import { countText, durationText } from "./units.ts";

export interface RolloutContext {
  /** On this stack. */
  readonly holds: readonly StackHold[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const words: Partial<Record<RolloutPhase, string>> = {
  preparing: "is being prepared",
  rolling: "is rolling",
  watching: "runs, and is watched for a while",
};

export function rolloutText(rollout: Rollout, { holds, now }: RolloutContext): string {
  const { stack, revision, commit, phase, startedAt, retryAt } = rollout;
  const name = commit === undefined ? revision : `${revision} (${commit.slice(0, 10)})`;
  const since = now > startedAt ? `, since ${durationText(now - startedAt)}` : "";
  const under = words[phase];
  const what = under === undefined ? outcomeText(rollout) : `revision ${name} ${under}${since}`;
  const retry = retryAt !== undefined && retryAt > now ? ["  It is tried again by itself."] : [];
  const back = under === undefined ? undefined : takenBackText(rollout);
  const lines = [
    `stack ${stack}: ${what}`,
    ...(back === undefined ? [] : [`  ${back}`]),
    ...missingLines(rollout),
    ...servicesOf(rollout, now),
    ...unmetLines(rollout),
    ...retry,
    ...awaitingLines(rollout, now),
  ];
  return `${printable(lines.join("\n"))}\n${holds.map((hold) => heldText(hold, (_tone, text) => text)).join("")}`;
}

/** Before anything of it starts or stops. */
function missingLines({ phase, missing = [] }: Rollout): readonly string[] {
  if (phase !== "preparing" || missing.length === 0) return [];
  const names = missing.map(({ kind, name }) => `${kind} ${kind === "image" ? imageName(name) : name}`);
  return [`  Not there yet: ${names.join(", ")}`];
}

/** Services that may not start yet. */
export function unmetLines({ stack, unmet = {} }: Pick<Rollout, "stack" | "unmet">): readonly string[] {
  return Object.entries(unmet).flatMap(([service, needed = []]) =>
    needed.length === 0 ? [] : [`  ${service} of ${stack} starts when ${unmetText(needed)}.`],
  );
}

/** Services that wait to be promoted, and how to do that; and those that wait for a port. */
export function awaitingLines(rollout: Rollout, now: number): readonly string[] {
  const { stack, awaiting = [], promotesAt, awaitedPorts = {} } = rollout;
  const ports = Object.entries(awaitedPorts).map(
    ([service, holder]) => `  ${service} of ${stack} waits until stack ${holder} has left a port of it.`,
  );
  const canaries = awaiting.map((service) => {
    const at = entryOf(promotesAt, service);
    const promote = `\`${commandName()} rollout promote ${stack}/${service}\``;
    if (at === undefined) return `  ${service} waits after its first new replicas: ${promote} lets it go on.`;
    const when =
      at > now
        ? `in ${durationText(at - now)}, with whoever reconciles then`
        : "with whoever reconciles next";
    return `  ${service} waits after its first new replicas. It promotes itself ${when}; ${promote} lets it go on at once.`;
  });
  return [...canaries, ...ports];
}

/** Those that are not settled yet. */
function servicesOf(rollout: Rollout, now: number): readonly string[] {
  const { progress = {} } = rollout;
  const { takenBack = [] } = rollout;
  const isBack = (service: string): boolean =>
    isGoingBack(rollout) || takenBack.some((each) => each === service);
  return Object.entries(progress).flatMap(([service, come]) => {
    if (come === undefined) return [];
    const { settled, replicas, since, grewAt = since } = come;
    const last = now > grewAt ? `, came no further for ${durationText(now - grewAt)}` : "";
    const count =
      replicas === undefined
        ? countText(settled, "replica")
        : `${settled} of ${countText(replicas, "replica")}`;
    const where = isBack(service) ? "back in the old revision" : "in the new revision";
    return [`  ${service}: ${count} ${where}${last}`];
  });
}

/** Fields are only ever added; what is not known is null. */
export function rolloutJson(rollout: Rollout, { holds }: RolloutContext): string {
  const { stack, revision, commit, phase, startedAt, failure, progress = {} } = rollout;
  const document = {
    formatVersion: 1,
    stack,
    revision,
    commit: commit ?? null,
    phase,
    startedAt: new Date(startedAt).toISOString(),
    good: lastOfUse(rollout)?.revision ?? null,
    failure: failure ?? null,
    takenBack: rollout.takenBack ?? [],
    takenBackFor: rollout.takenBackFor ?? {},
    awaiting: rollout.awaiting ?? [],
    missing: rollout.missing ?? [],
    services: Object.entries(progress).map(([name, come]) => ({
      name,
      settled: come?.settled ?? 0,
      replicas: come?.replicas ?? null,
      waitsFor: entryOf(rollout.unmet, name) ?? [],
    })),
    holds: holds.map((hold) => ({ kind: hold.kind, service: hold.service ?? null, ...holdJson(hold) })),
  };
  return `${JSON.stringify(document)}\n`;
}
