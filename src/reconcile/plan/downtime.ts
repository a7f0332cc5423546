/** Moments in which a service that serves does not any more, and why. Pure. */
import type { Service } from "../../model/stack.ts";
import { betterOnce, onlyOnce } from "../../model/start-first.ts";
import type { ContainerOperation } from "../operation.ts";
import { joinedPorts } from "../step/retire.ts";
import { startsFirst } from "../step/starts-first.ts";
import type { Desired, Observed, ObservedContainer } from "../types.ts";
import type { Downtime, PlannedOperation } from "./plan.ts";
import { isReplacement } from "./replacement.ts";
import { describeCause } from "./summary.ts";

/** Services of which nothing runs any more after these operations, or nothing is behind their ports. */
export function stoppedServices(
  before: Observed,
  after: Observed,
  {
    operations,
    inForce,
  }: { readonly operations: readonly PlannedOperation["operation"][]; readonly inForce: Desired },
): readonly Downtime[] {
  return operations.flatMap((operation) => {
    if (operation.kind !== "stop" && operation.kind !== "leave") return [];
    const { stack, container } = operation;
    const [was, is] = [runningOf(before, operation), runningOf(after, operation)];
    const [joinedBefore, joinedAfter] = [joinedOf(was, before), joinedOf(is, after)];
    const isDown = (was.length > 0 && is.length === 0) || (joinedBefore > 0 && joinedAfter === 0);
    if (!isDown) return [];
    return [{ stack, service: container.service, reason: whyDown(operation, { running: was, inForce }) }];
  });
}

function runningOf({ containers }: Observed, of: ContainerOperation): readonly ObservedContainer[] {
  const { stack, container } = of;
  return containers.filter(
    (each) => each.stack === stack && each.service === container.service && each.state === "running",
  );
}

function joinedOf(running: readonly ObservedContainer[], { routes }: Observed): number {
  return running.filter((container) => joinedPorts(container, routes).length > 0).length;
}

interface Around {
  readonly running: readonly ObservedContainer[];
  readonly inForce: Desired;
}

function whyDown(
  { stack: name, container, cause }: ContainerOperation,
  { running, inForce }: Around,
): string {
  const services = inForce.stacks.find((each) => each.stack.name === name)?.stack.services ?? [];
  const service = services.find((each) => each.name === container.service);
  const isMoved = cause.kind === "joined-replaced" || cause.kind === "joined-container-replaced";
  if (!isReplacement(cause) || isMoved || service === undefined) return describeCause(cause);
  const why = whyStopsFirst(service, services, running);
  return running.length > 1 ? `${why}, and all ${running.length} are replaced at once` : why;
}

function whyStopsFirst(
  service: Service,
  services: readonly Service[],
  containers: readonly ObservedContainer[],
): string {
  const all = services.map((each) => ({ service: each }));
  if (startsFirst({ service, containers }, all)) return "its last running replica is replaced";
  if (service.job) return "it is a job";
  const never = onlyOnce(service, services);
  if (never !== undefined) return `it ${never}`;
  if (service.update?.order === "stop-first") return "its order is stop-first";
  const rather = betterOnce(service);
  if (rather !== undefined) return `it ${rather}`;
  const keepsData = containers.some((each) => each.keepsData);
  return keepsData ? "its image keeps data in volumes" : "it has neither ports nor a healthcheck";
}
