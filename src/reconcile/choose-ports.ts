/**
 * Which port of the host a service gets where the file leaves the choice to us: the one that its containers have, else
 * the first free one, from a place that follows from its name. Pure.
 */
import { createHash } from "node:crypto";
import { portOfSocket, portsMeet, type HeldPort } from "../model/route.ts";
import type { PublishedPort, Service, Stack } from "../model/stack.ts";
import type { Listener } from "./conflicts.ts";
import type { Desired, Observed } from "./types.ts";

export interface ChoiceInput {
  readonly observed: Observed;
  readonly listeners: readonly Listener[];
}

/** A port for which none is free keeps 0. */
export function choosePorts(desired: Desired, { observed, listeners }: ChoiceInput): Desired {
  const all = desired.stacks.flatMap(({ stack }) => stack.services.flatMap(({ ports }) => ports));
  if (!all.some(({ choice }) => choice)) return desired;
  const taken: HeldPort[] = [
    ...all.filter(({ choice }) => !choice),
    ...observed.containers.flatMap(({ ports = [] }) => ports),
    ...observed.routes,
    ...listeners.map(portOfSocket),
  ];
  const chosen: HeldPort[] = [];
  const choose = (port: PublishedPort, stack: Stack, service: Service): PublishedPort => {
    if (!port.choice) return port;
    const own = observed.containers
      .filter((container) => container.stack === stack.name && container.service === service.name)
      .flatMap(({ ports = [] }) => ports);
    const isOurs = (hostPort: number): boolean => own.some((each) => isKept(each, { ...port, hostPort }));
    const isFree = (hostPort: number): boolean => {
      const wish = { ...port, hostPort };
      if (chosen.some((each) => portsMeet(each, wish))) return false;
      return isOurs(hostPort) || !taken.some((each) => portsMeet(each, wish));
    };
    const candidates = inOrder(port.choice, `${stack.name}/${service.name}/${port.containerPort}`);
    const hostPort = candidates.find((each) => isOurs(each) && isFree(each)) ?? candidates.find(isFree) ?? 0;
    const decided = { ...port, hostPort };
    if (hostPort !== 0) chosen.push(decided);
    return decided;
  };
  const stacks = desired.stacks.map((each) => {
    const services = each.stack.services.map((service) => {
      return { ...service, ports: service.ports.map((port) => choose(port, each.stack, service)) };
    });
    return { ...each, stack: { ...each.stack, services } };
  });
  return { ...desired, stacks };
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

function inOrder({ first, last }: NonNullable<PublishedPort["choice"]>, name: string): readonly number[] {
  const count = last - first + 1;
  const start = createHash("sha256").update(name).digest().readUInt32BE() % count;
  return Array.from({ length: count }, (_, index) => first + ((start + index) % count));
}
