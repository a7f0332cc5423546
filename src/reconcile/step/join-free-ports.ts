/** A port that a container of another stack is behind is joined when that one has left it. Pure. */
import type { StackName } from "../../model/ids.ts";
import { portsMeet, type HeldPort } from "../../model/route.ts";
import { containerKey, type JoinOperation, type Operation } from "../operation.ts";
import type { ObservedContainer, StepInput } from "../types.ts";
import { desiresInForce } from "./going-back.ts";
import { joinedPorts } from "./retire.ts";

/**
 * Leaves out what has to wait. Where the other stack does not go away from the port there is nothing to wait for: who
 * joins then is told.
 */
export function joinFreePorts(operations: readonly Operation[], input: StepInput): readonly Operation[] {
  return operations.flatMap((operation) =>
    operation.kind === "join" ? (joinWhenFree(operation, input) ?? []) : operation,
  );
}

function joinWhenFree(join: JoinOperation, input: StepInput): JoinOperation | undefined {
  const { containers, routes } = input.observed;
  const meets = (port: HeldPort): boolean => join.ports.some((each) => portsMeet(each, port));
  const others = containers.filter(
    (each) => each.stack !== join.stack && [...joinedPorts(each, routes), ...(each.ports ?? [])].some(meets),
  );
  if (others.length === 0) return join;
  const isLeaving = (each: ObservedContainer): boolean =>
    joinedPorts(each, routes).some((route) => meets(route) && isGivenUp(route, each.stack, input));
  if (others.some(isLeaving)) return undefined;
  return { ...join, after: [...join.after, ...others.map(({ id }) => containerKey("leave", id))] };
}

function isGivenUp(port: HeldPort, name: StackName, { desired, inventory, rollouts }: StepInput): boolean {
  const { stacks, absent } = desiresInForce(desired, rollouts);
  const owner = stacks.find(({ stack }) => stack.name === name);
  if (owner === undefined) {
    const isDeparted = inventory.some(
      ({ stack, source }) => stack === name && desired.complete.includes(source),
    );
    return absent.includes(name) || isDeparted;
  }
  if (owner.suspended || owner.paused) return false;
  return !owner.stack.services.some(({ ports }) => ports.some((each) => portsMeet(each, port)));
}
