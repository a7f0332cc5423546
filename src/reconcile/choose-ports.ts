/**
 * Which port of the host a service gets where the file leaves the choice to us: the one that its containers have, else
 * the first free one, from a place that follows from its name. In mode `host` each replica gets one: of a range that is
 * written, from its first. Pure.
 */
import { createHash } from "node:crypto";
import { entryOf } from "../model/entry-of.ts";
import { ourPorts } from "../model/our-ports.ts";
import type { Rollout } from "../model/rollout.ts";
import { portOfSocket, portsMeet, type HeldPort } from "../model/route.ts";
import type { PortRange, PublishedPort, Service, Stack } from "../model/stack.ts";
import type { Listener } from "./conflicts.ts";
import type { Desired, Observed, ObservedContainer } from "./types.ts";

export interface ChoiceInput {
  readonly observed: Observed;
  readonly listeners: readonly Listener[];
  /** They remember which slots a service has. */
  readonly rollouts: readonly Rollout[];
}

/** A port for which none is free keeps 0. */
export function choosePorts(desired: Desired, { observed, listeners, rollouts }: ChoiceInput): Desired {
  const all = desired.stacks.flatMap(({ stack }) => stack.services.flatMap(({ ports }) => ports));
  if (!all.some(({ choice }) => choice)) return desired;
  const taken: HeldPort[] = [
    ...all.filter(({ choice }) => !choice),
    ...observed.containers.flatMap(({ ports = [] }) => ports),
    ...observed.routes,
    ...listeners.map(portOfSocket),
  ];
  const chosen: HeldPort[] = [];
  const containersOf = (stack: Stack, service: Service): readonly ObservedContainer[] =>
    observed.containers.filter((each) => each.stack === stack.name && each.service === service.name);
  const choose = (port: PublishedPort, stack: Stack, service: Service): PublishedPort => {
    if (!port.choice) return port;
    const own = containersOf(stack, service)
      .filter(({ slot }) => port.slot === undefined || slot === port.slot)
      .flatMap(({ ports = [] }) => ports);
    const isOurs = (hostPort: number): boolean => own.some((each) => isKept(each, { ...port, hostPort }));
    const isFree = (hostPort: number): boolean => {
      const wish = { ...port, hostPort };
      if (chosen.some((each) => portsMeet(each, wish))) return false;
      return isOurs(hostPort) || !taken.some((each) => portsMeet(each, wish));
    };
    const name = `${stack.name}/${service.name}/${port.containerPort}`;
    const isCounted = port.slot !== undefined && !isAnyOfOurs(port.choice);
    const candidates = isCounted ? allOf(port.choice) : inOrder(port.choice, name);
    const hostPort = candidates.find((each) => isOurs(each) && isFree(each)) ?? candidates.find(isFree) ?? 0;
    const decided = { ...port, hostPort };
    if (hostPort !== 0) chosen.push(decided);
    return decided;
  };
  /** As many as there are to be replicas, or none where there are fewer; what is to leave keeps what it has. */
  const chooseForSlots = (port: PublishedPort, stack: Stack, service: Service): readonly PublishedPort[] => {
    const choices = (slots: readonly number[]): readonly PublishedPort[] =>
      slots.map((slot) => choose({ ...port, slot }, stack, service)).filter(({ hostPort }) => hostPort !== 0);
    const occupied = new Set(containersOf(stack, service).map(({ slot }) => slot));
    const { slots } = rollouts.find((rollout) => rollout.stack === stack.name) ?? {};
    const kept = slotsOf(service, entryOf(slots, service.name) ?? [...occupied]);
    const found = choices([...kept]);
    const all = [...found, ...choices([...occupied].filter((slot) => !kept.has(slot)))];
    return all.length === 0 || found.length < service.replicas ? [port] : all;
  };
  const stacks = desired.stacks.map((each) => {
    const services = each.stack.services.map((service) => {
      const ports = service.ports.map((port) =>
        isOfEachReplica(port, service)
          ? chooseForSlots(port, each.stack, service)
          : [choose(port, each.stack, service)],
      );
      return { ...service, ports: ports.flat() };
    });
    const { stack, asWritten } = each;
    return {
      ...each,
      stack: { ...stack, services },
      ...(asWritten && { asWritten: withPortsOf(services, asWritten) }),
    };
  });
  return { ...desired, stacks };
}

/** What is kept to be gone back to has the ports that it stands with. */
function withPortsOf(chosen: readonly Service[], stack: Stack): Stack {
  const services = stack.services.map((service) => {
    const same = chosen.find(({ name }) => name === service.name);
    return same ? { ...service, ports: same.ports } : service;
  });
  return { ...stack, services };
}

function isOfEachReplica({ choice, ofOneReplica }: PublishedPort, { schedule }: Service): boolean {
  return choice !== undefined && ofOneReplica === true && schedule === undefined;
}

/** Those that it has, then all others in which there may be replicas: what `chooseSlots` chooses from, in its order. */
function slotsOf({ replicas }: Service, before: readonly number[]): ReadonlySet<number> {
  const first = Array.from({ length: replicas }, (_, index) => index + 1);
  return new Set([...[...before].sort((a, b) => a - b), ...first]);
}

/** No file names them. */
function isAnyOfOurs({ first, last }: PortRange): boolean {
  return first === ourPorts.first && last === ourPorts.last;
}

/** All that may be chosen from, as ports to be looked at. */
export function candidatesOf(port: PublishedPort): readonly HeldPort[] {
  return port.choice === undefined
    ? [port]
    : inOrder(port.choice, "").map((hostPort) => ({ ...port, hostPort }));
}

function isKept(held: HeldPort & Pick<PublishedPort, "containerPort">, wish: PublishedPort): boolean {
  return held.containerPort === wish.containerPort && portsMeet(held, wish);
}

function inOrder(range: PortRange, name: string): readonly number[] {
  const all = allOf(range);
  const start = createHash("sha256").update(name).digest().readUInt32BE() % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}

function allOf({ first, last }: PortRange): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
