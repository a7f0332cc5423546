/** How many replicas of a service serve. Pure. */
import type { ServiceName, StackName } from "../../model/ids.ts";
import { joinedPorts } from "../step/retire.ts";
import type { Observed, ObservedContainer } from "../types.ts";

/** They run, are ready, and are behind their ports where they have any. */
export function readyReplicas(observed: Observed, stack: StackName, service: ServiceName): number {
  return observed.containers.filter(
    (each) => each.stack === stack && each.service === service && isServing(each, observed),
  ).length;
}

function isServing(container: ObservedContainer, { routes }: Observed): boolean {
  const { state, hooksPending, health = "healthy", ports = [] } = container;
  if (state !== "running" || hooksPending === true || health !== "healthy") return false;
  const isPublished = ports.some(({ byPlugins }) => byPlugins !== true);
  return isPublished ? joinedPorts(container, routes).length > 0 : container.accepts !== false;
}
