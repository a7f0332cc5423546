/** Moments in which a service that serves does not any more. Pure. */
import type { Operation } from "../operation.ts";
import { joinedPorts } from "../step/retire.ts";
import type { Observed } from "../types.ts";
import type { Downtime } from "./plan.ts";

/** Services of which nothing runs any more after these operations, or nothing is behind their ports. */
export function stoppedServices(
  before: Observed,
  after: Observed,
  operations: readonly Operation[],
): readonly Downtime[] {
  const ended = operations.filter((operation) => operation.kind === "stop" || operation.kind === "leave");
  return ended.flatMap(({ stack, container: { service } }) => {
    const [was, is] = [countServing(before, stack, service), countServing(after, stack, service)];
    const down = (was.running > 0 && is.running === 0) || (was.joined > 0 && is.joined === 0);
    return down ? [{ stack, service }] : [];
  });
}

function countServing(
  { containers, routes }: Observed,
  stack: string,
  service: string,
): { running: number; joined: number } {
  const running = containers.filter(
    (each) => each.stack === stack && each.service === service && each.state === "running",
  );
  const joined = running.filter((container) => joinedPorts(container, routes).length > 0);
  return { running: running.length, joined: joined.length };
}
