/** What two stacks, or a stack and the host, cannot both have. Found before anything is planned. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { StackName } from "../model/ids.ts";
import type { InventoryEntry, Rollout } from "../model/rollout.ts";
import type { Protocol } from "../model/route.ts";
import type { Stack } from "../model/stack.ts";
import { addressConflicts } from "./address-conflicts.ts";
import type { Addressing } from "./addressing.ts";
import { joinConflicts } from "./join-conflicts.ts";
import { linkConflicts } from "./link-conflicts.ts";
import { networkConflicts } from "./network-conflicts.ts";
import { pluginPortConflicts } from "./plugin-port-conflicts.ts";
import { portConflicts } from "./port-conflicts.ts";
import { roomConflicts } from "./room-conflicts.ts";
import { desiresInForce } from "./step/going-back.ts";
import { standsStill } from "./step/stands-still.ts";
import { waitsForSomebody } from "./step/waits-for-somebody.ts";
import type { Desired, DesiredStack, Observed } from "./types.ts";

/** A socket of a program of the host that has a port. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** As a phrase: `nginx (process 812)`. */
  readonly owner: string;
}

export interface Conflict {
  readonly stack: StackName;
  readonly diagnostic: Diagnostic;
}

export interface ConflictInput {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly inventory: readonly InventoryEntry[];
  readonly rollouts: readonly Rollout[];
  readonly listeners: readonly Listener[];
  /** Absent where nobody asks for what it tells of. */
  readonly addressing?: Addressing;
}

/**
 * In order of stack; a stack with a conflict is to be left as it is. So it makes nothing that others need, and gives
 * nothing up: whoever counts on that has a conflict, too.
 */
export function findConflicts(input: ConflictInput): readonly Conflict[] {
  const { stacks } = desiresInForce(input.desired, input.rollouts);
  const inForce = stacks.map(({ stack }) => stack);
  const free = stacks.filter(({ suspended, paused }) => !suspended && !paused).map(({ stack }) => stack);
  const stuck = stuckStacks(stacks, input.rollouts);
  let found: readonly Conflict[] = [];
  for (;;) {
    const held = new Set(found.map(({ stack }) => stack));
    const moving = free.filter(({ name }) => !held.has(name));
    const more = conflictsWith({ ...input, inForce, moving, stuck }).filter(({ stack }) => !held.has(stack));
    if (more.length === 0) return inOrder(found, input.desired);
    found = [...found, ...more];
  }
}

/** What they make for others has been made: it is the end of their way that they have not come to. */
function stuckStacks(stacks: readonly DesiredStack[], rollouts: readonly Rollout[]): ReadonlySet<StackName> {
  const isAwaiting = ({ stack, revision, promoted = [] }: DesiredStack): boolean =>
    promoted.length === 0 &&
    rollouts.some(
      (rollout) => rollout.stack === stack.name && rollout.revision === revision && waitsForSomebody(rollout),
    );
  const stuck = stacks.filter((each) => standsStill(each, rollouts) || isAwaiting(each));
  return new Set(stuck.map(({ stack }) => stack.name));
}

function inOrder(conflicts: readonly Conflict[], { stacks }: Desired): readonly Conflict[] {
  const names = [...new Set(stacks.map(({ stack }) => stack.name))];
  return names.flatMap((name) => conflicts.filter(({ stack }) => stack === name));
}

interface World extends ConflictInput {
  /** Of each desired stack, the revision in force. */
  readonly inForce: readonly Stack[];
  /** Those of them that nothing holds: they become what they are desired to be. */
  readonly moving: readonly Stack[];
  /** Stacks that come no further before somebody does something about it: they give no port up. */
  readonly stuck: ReadonlySet<StackName>;
}

function conflictsWith(world: World): readonly Conflict[] {
  return world.desired.stacks.flatMap((desired) =>
    [
      ...nameConflicts(desired, world),
      ...networkConflicts(desired, world),
      ...addressConflicts(desired, world),
      ...roomConflicts(desired, world),
      ...portConflicts(desired, {
        ...world,
        moving: world.moving.filter(({ name }) => !world.stuck.has(name)),
      }),
      ...pluginPortConflicts(desired, world),
      ...joinConflicts(desired, world),
      ...linkConflicts(desired, world),
    ].map((diagnostic) => ({ stack: desired.stack.name, diagnostic })),
  );
}

/** The desired state without the stacks that cannot be had. Their sources no longer count as read whole. */
export function withoutConflicts(desired: Desired, conflicts: readonly Conflict[]): Desired {
  const held = new Set(conflicts.map(({ stack }) => stack));
  const sources = new Set(
    desired.stacks.filter(({ stack }) => held.has(stack.name)).map(({ source }) => source),
  );
  return {
    stacks: desired.stacks.filter(({ stack }) => !held.has(stack.name)),
    absent: desired.absent,
    complete: desired.complete.filter((source) => !sources.has(source)),
  };
}

function nameConflicts(
  { stack, source }: DesiredStack,
  { desired, inventory }: ConflictInput,
): readonly Diagnostic[] {
  const claims = desired.stacks
    .filter((other) => other.stack.name === stack.name)
    .map((other) => other.source);
  const owners = inventory.filter((entry) => entry.stack === stack.name).map((entry) => entry.source);
  const other = [...claims, ...owners].find((each) => each !== source);
  if (other === undefined && claims.length < 2) return [];
  const where = other ?? "another folder of the same source";
  const message = `stack ${stack.name} already comes from ${where}`;
  const hint = `Give one of them another \`name\`, or run \`tallyman down ${stack.name}\` first.`;
  const place = stack.places["name"];
  return [{ severity: "error", code: "stack-taken", message, hint, ...(place !== undefined && { place }) }];
}
