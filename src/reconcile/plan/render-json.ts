/** A plan as one versioned JSON document, for programs. Fields are only ever added. */
import type { SpecHash } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { containerName, type Operation } from "../operation.ts";
import { holdJson, timeText } from "./hold-text.ts";
import type { Plan } from "./plan.ts";
import { count, describeCause, summarize } from "./summary.ts";

export function renderJson(
  plan: Plan,
  options: { readonly specs: Readonly<Record<SpecHash, JsonObject>> },
): string {
  const services = summarize(plan, options.specs);
  const document = {
    formatVersion: 1,
    id: plan.id,
    stacks: plan.stacks.map(({ stack, source, revision, commit, suspended, paused, back }) => ({
      name: stack.name,
      source,
      revision,
      commit,
      suspended: suspended && holdJson(suspended),
      paused: paused && holdJson(paused),
      back: back && { revision: back.to.revision, commit: back.to.commit, ...holdJson(back) },
    })),
    services,
    operations: plan.operations.map(({ number, operation, after, ready }) => ({
      number,
      kind: operation.kind,
      stack: operation.stack,
      ...subject(operation),
      after,
      ...(operation.kind === "stop" &&
        operation.drainMs !== undefined && { drainSeconds: operation.drainMs / 1000 }),
      ...(ready && { ready: ready.count, wanted: ready.of }),
      cause: { ...operation.cause, text: describeCause(operation.cause) },
    })),
    problems: plan.problems,
    openEnds: plan.openEnds,
    waits: plan.waits.map(({ stack, service = null, kind, after, ms, holder }) => ({
      stack,
      service,
      kind,
      after,
      seconds: ms === undefined ? null : ms / 1000,
      ...(holder !== undefined && { holder }),
    })),
    downtime: plan.downtime,
    volumes: plan.volumes.map(({ stack, volume, services: of, isBack = false }) => ({
      stack,
      volume,
      services: of,
      isBack,
    })),
    schedules: plan.schedules.map(({ stack, service, schedule, nextAt }) => ({
      stack,
      service,
      cron: schedule.cron,
      timeZone: schedule.timeZone,
      nextRun: timeText(nextAt),
    })),
    summary: count(services),
  };
  return JSON.stringify(document, null, 2);
}

function subject(operation: Operation): Record<string, unknown> {
  if (operation.kind === "pull") return { image: operation.reference };
  if (operation.kind === "create-volume") return { volume: operation.volume };
  if (operation.kind === "create-network" || operation.kind === "remove-network")
    return { network: operation.network.name };
  const { id, service, slot } = operation.container;
  return { container: { id, name: containerName(operation.stack, operation.container), service, slot } };
}
