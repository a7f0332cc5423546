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
  const { routes } = view.observed;
  const isReady = (each: ObservedContainer): boolean => readinessOf(each, service, view.now).kind === "ready";
  const isJoined = (each: ObservedContainer): boolean =>
    !view.isBusy(each.id) && joinedPorts(each, routes).length > 0;
  const idle = containers.filter((each) => !isReady(each) && isJoined(each));
  if (idle.length === 0 || !containers.some((each) => isReady(each) && isJoined(each))) return [];
  return idle.map((each) => ({
    kind: "leave",
    stack: each.stack,
    container: refOf(each),
    ports: joinedPorts(each, routes),
    cause: causeOf(each),
    after: [containerKey("start", each.id)],
  }));
}

function causeOf({ state, health, exitCode }: ObservedContainer): Cause {
  if (state === "exited") return { kind: "exited", exitCode };
  return { kind: health === "unhealthy" ? "unhealthy" : "not-ready" };
}
