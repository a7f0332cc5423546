/** Which containers may have the traffic of their service. Pure. */
import type { ContainerId } from "../model/ids.ts";
import type { Operation } from "../reconcile/operation.ts";
import { readinessOf } from "../reconcile/step/readiness.ts";
import type { Desired, Observed } from "../reconcile/types.ts";

/** Those of desired services only: nobody here knows when others are ready. */
export function readyContainers(
  { desired, observed, inFlight }: ReadyInput,
  now: number,
): ReadonlyMap<ContainerId, boolean> {
  const services = new Map(
    desired.stacks.flatMap(({ stack }) =>
      stack.services.map((service) => [`${stack.name}/${service.name}`, service] as const),
    ),
  );
  const leaving = new Set(
    inFlight.flatMap((operation) => (takesAway(operation) ? operation.container.id : [])),
  );
  return new Map(
    observed.containers.flatMap((container): readonly (readonly [ContainerId, boolean])[] => {
      const service = services.get(`${container.stack}/${container.service}`);
      if (service === undefined) return [];
      const isReady = readinessOf(container, service, now).kind === "ready";
      return [[container.id, isReady && !leaving.has(container.id)]];
    }),
  );
}

export interface ReadyInput {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly inFlight: readonly Operation[];
}

function takesAway(
  operation: Operation,
): operation is Extract<Operation, { kind: "leave" | "stop" | "remove" }> {
  return operation.kind === "leave" || operation.kind === "stop" || operation.kind === "remove";
}
