/** Replicas that receive traffic and should not. Pure. */
import type { Cause, Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts, refOf } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

/**
 * Who is not ready leaves its ports at once, as long as another one behind them is: it joins again when it is ready.
 * The last one stays: what it cannot serve nobody could.
 */
export function withdraw({ containers, service }: ServiceView, view: StackView): readonly Operation[] {
  const joined = containers.filter((each) => joinedPorts(each, view.observed.routes).length > 0);
  const isReady = (each: ObservedContainer): boolean =>
    readinessOf(each, service, view.now).kind === "ready" && !view.isBusy(each.id);
  if (!joined.some(isReady)) return [];
  return joined
    .filter((each) => readinessOf(each, service, view.now).kind !== "ready")
    .filter((each) => !view.isBusy(each.id))
    .map((each) => ({
      kind: "leave",
      stack: each.stack,
      container: refOf(each),
      ports: joinedPorts(each, view.observed.routes),
      cause: causeOf(each),
      after: [containerKey("start", each.id)],
    }));
}

function causeOf({ state, health, exitCode }: ObservedContainer): Cause {
  if (state === "exited") return { kind: "exited", exitCode };
  return { kind: health === "unhealthy" ? "unhealthy" : "not-ready" };
}
