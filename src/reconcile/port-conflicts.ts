/** Published ports that a stack asks for and cannot have. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ContainerId, StackName } from "../model/ids.ts";
import { portEntries } from "../model/port-entries.ts";
import { portOfSocket, portsMeet, type HeldPort } from "../model/route.ts";
import type { InventoryEntry } from "../model/rollout.ts";
import type { PublishedPort, Service, Stack } from "../model/stack.ts";
import type { Listener } from "./conflicts.ts";
import type { Desired, DesiredStack, Observed } from "./types.ts";

export interface PortConflictInput {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly inventory: readonly InventoryEntry[];
  readonly listeners: readonly Listener[];
  /** Of each desired stack, the revision in force. */
  readonly inForce: readonly Stack[];
  /** Those of them that nothing holds. */
  readonly moving: readonly Stack[];
}

/** One for each port, at most. */
export function portConflicts(desired: DesiredStack, input: PortConflictInput): readonly Diagnostic[] {
  const { stack } = desired;
  return stack.services.flatMap((service) => {
    const entries = portEntries(service);
    return service.ports.flatMap((port, index): readonly Diagnostic[] => {
      const holder = port.hostPort === 0 ? undefined : holderOf(port, stack, input);
      if (holder === undefined && (port.hostPort !== 0 || needsNone(port, service))) return [];
      const path = `services.${service.name}.ports[${entries[index] ?? index}]`;
      const place = stack.places[path] ?? stack.places[`services.${service.name}.ports`];
      const message =
        holder === undefined
          ? tooFew(port, service)
          : `port ${port.hostPort} of ${port.hostAddress} is held by ${holder}`;
      const left = ownersOf(port, input.observed).find((name) => hasLeft(name, desired, input));
      const hint =
        left === undefined
          ? "Publish another port, or free this one."
          : `No file asks for stack ${left} any more: if it was renamed, run \`tallyman down ${left}\` first.`;
      return [
        { severity: "error", code: "port-taken", message, hint, path, ...(place !== undefined && { place }) },
      ];
    });
  });
}

/** While it has no replicas. */
function needsNone({ ofOneReplica }: PublishedPort, { replicas, schedule }: Service): boolean {
  return ofOneReplica === true && replicas === 0 && schedule === undefined;
}

function tooFew({ hostAddress, choice, ofOneReplica }: PublishedPort, { replicas }: Service): string {
  const ports = `of the ports ${choice?.first}-${choice?.last} of ${hostAddress}`;
  if (!ofOneReplica || replicas <= 1) return `none ${ports} is free`;
  return `fewer ${ports} are free than the ${replicas} replicas that have one each`;
}

/**
 * Who else has this port: another stack that does not give it up, one that is considered before and wants it, or a
 * program of the host. What a stack has stays its own.
 */
function holderOf(port: HeldPort, stack: Stack, input: PortConflictInput): string | undefined {
  const owners = ownersOf(port, input.observed);
  const isOwn = owners.includes(stack.name);
  const isBefore = (name: StackName): boolean => name < stack.name;
  const owner = owners.find(
    (name) => name !== stack.name && !isGivenUp(port, name, input) && (!isOwn || isBefore(name)),
  );
  if (owner !== undefined) return `stack ${owner}`;
  if (isOwn) return undefined;
  const rival = input.inForce.find((other) => isBefore(other.name) && wants(other, port));
  if (rival !== undefined) return `stack ${rival.name}`;
  const partner = owners.find((name) => waitsFor(name, stack, input));
  if (partner !== undefined) return `stack ${partner}, which waits for a port of this one`;
  if (owners.length > 0) return undefined;
  return input.listeners.find((each) => portsMeet(portOfSocket(each), port))?.owner;
}

/** Its source has it no more, and it stays all the same while another stack of that source is held. */
function hasLeft(
  name: StackName,
  { source }: DesiredStack,
  { desired, inventory }: PortConflictInput,
): boolean {
  return (
    desired.complete.includes(source) &&
    inventory.some((entry) => entry.stack === name && entry.source === source) &&
    !desired.stacks.some(({ stack }) => stack.name === name)
  );
}

/** Stacks with containers behind it, or that plugins lead it to. */
function ownersOf(port: HeldPort, { containers, routes }: Observed): readonly StackName[] {
  const backends = new Set<ContainerId>(
    routes
      .filter((route) => portsMeet(route, port))
      .flatMap((route) => route.backends.map(({ containerId }) => containerId)),
  );
  const owners = containers.filter(
    ({ id, ports = [] }) =>
      backends.has(id) || ports.some((each) => each.byPlugins === true && portsMeet(each, port)),
  );
  return [...new Set(owners.map(({ stack }) => stack))];
}

/** In this plan: its stack goes, or is free to go on to what does without it. */
function isGivenUp(port: HeldPort, owner: StackName, { desired, moving }: PortConflictInput): boolean {
  if (desired.absent.includes(owner)) return true;
  const stack = moving.find(({ name }) => name === owner);
  return stack !== undefined && !wants(stack, port);
}

function wants({ services }: Stack, port: HeldPort): boolean {
  return services.some(({ ports }) => ports.some((each) => portsMeet(each, port)));
}

/** Each port is joined when all others have left it: stacks that wait for each other would do so for ever. */
function waitsFor(name: StackName, stack: Stack, input: PortConflictInput): boolean {
  const seen = new Set<StackName>();
  const waiting = [name];
  for (const each of waiting) {
    if (each === stack.name) return true;
    if (seen.has(each)) continue;
    seen.add(each);
    const wishes = input.moving.find((other) => other.name === each)?.services ?? [];
    const others = wishes.flatMap(({ ports }) => ports.flatMap((port) => ownersOf(port, input.observed)));
    waiting.push(...others.filter((other) => other !== each));
  }
  return false;
}
