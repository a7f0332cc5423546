/** A port that a container of another stack is behind is joined when that one has left it. Pure. */
import type { StackName } from "../../model/ids.ts";
import { portsMeet, type HeldPort } from "../../model/route.ts";
import { containerKey, type JoinOperation, type Operation } from "../operation.ts";
import type { ObservedContainer, StepInput } from "../types.ts";
import { desiresInForce } from "./going-back.ts";
import { joinedPorts } from "./retire.ts";
import { standsStill } from "./stands-still.ts";

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
  const others = othersBehind(join, input);
  if (others.length === 0) return join;
  if (leaverOf(join, input) !== undefined) return undefined;
  return { ...join, after: [...join.after, ...others.map(({ id }) => containerKey("leave", id))] };
}

/** The stack that has yet to go away from a port of it: it is joined then. */
export function leaverOf(join: JoinOperation, input: StepInput): StackName | undefined {
  const isLeaving = (each: ObservedContainer): boolean =>
    joinedPorts(each, input.observed.routes).some(
      (route) => meets(join, route) && isGivenUp(route, each.stack, input),
    );
  return othersBehind(join, input).find(isLeaving)?.stack;
}

function othersBehind(join: JoinOperation, { observed }: StepInput): readonly ObservedContainer[] {
  const { containers, routes } = observed;
  return containers.filter(
    (each) =>
      each.stack !== join.stack &&
      [...joinedPorts(each, routes), ...(each.ports ?? [])].some((port) => meets(join, port)),
  );
}

function meets({ ports }: JoinOperation, port: HeldPort): boolean {
  return ports.some((each) => portsMeet(each, port));
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
  if (standsStill(owner, rollouts)) return false;
  return !owner.stack.services.some(({ ports }) => ports.some((each) => portsMeet(each, port)));
}
