/** When a container joins the ports of its service, and which. Pure. */
import { portsOfSlot } from "../../model/ports-of-slot.ts";
import type { PublishedPort } from "../../model/stack.ts";
import type { Cause, Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import { isSamePort } from "../routes.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts, refOf } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

/** A container that is ready belongs behind every port that its service publishes, or did when it was made. */
export function joinOf(
  each: ServiceView,
  container: ObservedContainer,
  view: StackView,
): readonly Operation[] {
  if (readinessOf(container, each.service, view.now).kind !== "ready") return [];
  const joined = joinedPorts(container, view.observed.routes);
  const missing = portsOf(container, each).filter(
    (port) => port.byPlugins !== true && !joined.some((route) => isSamePort(route, port)),
  );
  if (missing.length === 0) return [];
  const after = [containerKey("start", container.id)];
  const cause: Cause = { kind: "running" };
  return [{ kind: "join", stack: each.stack, container: refOf(container), ports: missing, cause, after }];
}

function portsOf(
  { specHash, slot, ports = [] }: ObservedContainer,
  { service, wanted }: ServiceView,
): readonly PublishedPort[] {
  return specHash === wanted?.hash ? portsOfSlot(service, slot) : ports;
}
