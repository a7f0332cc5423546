/** What a plan is known by: another world or another wish, another id. Pure. */
import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../model/json.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import { hashStack } from "../../model/spec-hash.ts";
import type { StepInput } from "../types.ts";
import type { PlannedOperation } from "./plan.ts";

/** Over a named projection of desired and observed: no pids, no times, no runs of schedules, and of health only which replicas it lets go. */
export function planId(
  { desired, observed }: Pick<StepInput, "desired" | "observed">,
  planned: readonly PlannedOperation[],
): string {
  const surplus = planned.flatMap(({ operation }) =>
    operation.kind === "remove" && operation.cause.kind === "scaled-down" ? [operation.container.id] : [],
  );
  const projection: JsonValue = {
    desired: desired.stacks.map(
      ({ stack, source, revision, scaled, suspended, paused, stopped, back, restarted }) => ({
        name: stack.name,
        source,
        revision,
        ...(scaled && { scaled }),
        ...(suspended && { suspended: true }),
        ...(paused && { paused: true }),
        ...(back && { back: back.to.revision }),
        ...(restarted && { restarted: hashStack(restarted.stack) }),
        ...(stopped && { stopped: stopped.map(({ service }) => service ?? null) }),
      }),
    ),
    absent: [...desired.absent],
    ...(surplus.length > 0 && { surplus: surplus.sort() }),
    containers: observed.containers
      .filter(({ slot }) => timeOfRun(slot) === undefined)
      .map(({ id, specHash, state }) => ({ id, specHash, state })),
    images: Object.fromEntries(Object.entries(observed.images).map(([name, image]) => [name, image.digest])),
    volumes: [...observed.volumes],
    networks: observed.networks.map(({ spec }) => JSON.stringify(spec)),
    routes: observed.routes.map(({ hostAddress, hostPort, protocol, backends }) => ({
      hostAddress,
      hostPort,
      protocol,
      backends: backends.map(({ containerId, port }) => ({ containerId, port })),
    })),
  };
  return createHash("sha256").update(canonicalJson(projection)).digest("hex").slice(0, 12);
}
