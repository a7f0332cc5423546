/** What two stacks, or a stack and the host, cannot both have. Found before anything is planned. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ContainerId, StackName } from "../model/ids.ts";
import type { InventoryEntry } from "../model/rollout.ts";
import { portOfSocket, portsMeet, type HeldPort, type Protocol } from "../model/route.ts";
import { addressConflicts } from "./address-conflicts.ts";
import type { Addressing } from "./addressing.ts";
import { joinConflicts } from "./join-conflicts.ts";
import { networkConflicts } from "./network-conflicts.ts";
import { pluginPortConflicts } from "./plugin-port-conflicts.ts";
import { roomConflicts } from "./room-conflicts.ts";
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
  readonly listeners: readonly Listener[];
  /** Absent where nobody asks for what it tells of. */
  readonly addressing?: Addressing;
}

/** In order of stack; a stack with a conflict is to be left as it is. */
export function findConflicts(input: ConflictInput): readonly Conflict[] {
  return input.desired.stacks.flatMap((desired) =>
    [
      ...nameConflicts(desired, input),
      ...networkConflicts(desired, input),
      ...addressConflicts(desired, input),
      ...roomConflicts(desired, input),
      ...portConflicts(desired, input),
      ...pluginPortConflicts(desired, input),
      ...joinConflicts(desired, input),
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

function portConflicts(desired: DesiredStack, input: ConflictInput): readonly Diagnostic[] {
  const { stack } = desired;
  return stack.services.flatMap((service) =>
    service.ports.flatMap((port, index): readonly Diagnostic[] => {
      const holder = port.hostPort === 0 ? undefined : holderOf(port, desired, input);
      if (holder === undefined && port.hostPort !== 0) return [];
      const path = `services.${service.name}.ports[${index}]`;
      const place = stack.places[path] ?? stack.places[`services.${service.name}.ports`];
      const message =
        holder === undefined
          ? `none of the ports ${port.choice?.first}-${port.choice?.last} of ${port.hostAddress} is free`
          : `port ${port.hostPort} of ${port.hostAddress} is held by ${holder}`;
      const hint = "Publish another port, or free this one.";
      return [
        { severity: "error", code: "port-taken", message, hint, path, ...(place !== undefined && { place }) },
      ];
    }),
  );
}

/** Who else has this port: another stack that wants it first, one that has it, or a program of the host. */
function holderOf(port: HeldPort, { stack }: DesiredStack, input: ConflictInput): string | undefined {
  const { desired, observed, listeners } = input;
  const rival = desired.stacks.find(
    (other) =>
      other.stack.name < stack.name &&
      other.stack.services.some(({ ports }) => ports.some((each) => portsMeet(each, port))),
  );
  if (rival !== undefined) return `stack ${rival.stack.name}`;
  const stackOf = new Map<ContainerId, StackName>(
    observed.containers.map((container) => [container.id, container.stack]),
  );
  const backends = observed.routes
    .filter((route) => portsMeet(route, port))
    .flatMap((route) => route.backends.map(({ containerId }) => containerId));
  const ledByPlugins = observed.containers
    .filter(({ ports = [] }) => ports.some((each) => each.byPlugins && portsMeet(each, port)))
    .map(({ id }) => id);
  const owners = [...backends, ...ledByPlugins].flatMap((id) => stackOf.get(id) ?? []);
  const leaving = new Set<string>([...desired.absent, ...desired.stacks.map((other) => other.stack.name)]);
  const owner = owners.find((name) => name !== stack.name && !leaving.has(name));
  if (owner !== undefined) return `stack ${owner}`;
  if (owners.includes(stack.name)) return undefined;
  return listeners.find((each) => portsMeet(portOfSocket(each), port))?.owner;
}
