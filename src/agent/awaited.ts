/** Which containers are waited for until they are ready. Pure. */
import { containerName } from "../reconcile/operation.ts";
import { readinessOf } from "../reconcile/step/readiness.ts";
import type { Desired, Observed } from "../reconcile/types.ts";

export interface Awaited {
  readonly name: string;
  /** What it has yet to do. */
  readonly until: "healthy" | "accepting";
  /** When it was started; milliseconds since the epoch. */
  readonly since: number;
}

export function awaited({ stacks }: Desired, observed: Observed, now: number): readonly Awaited[] {
  return stacks.flatMap(({ stack }) =>
    stack.services.flatMap((service) =>
      observed.containers
        .filter((each) => each.stack === stack.name && each.service === service.name)
        .filter(({ state, health }) => state === "running" && health !== "unhealthy" && health !== "unready")
        .filter((each) => readinessOf(each, service, now).kind === "waiting")
        .map((each) => ({
          name: containerName(each.stack, each),
          until: each.health === undefined ? "accepting" : "healthy",
          since: each.startedAt ?? now,
        })),
    ),
  );
}
