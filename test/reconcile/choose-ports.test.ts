import { expect, test } from "vitest";
import { containerId, serviceName, specHash, stackName } from "../../src/model/ids.ts";
import type { MappedPort } from "../../src/model/route.ts";
import type { PublishedPort } from "../../src/model/stack.ts";
import { candidatesOf, choosePorts, type ChoiceInput } from "../../src/reconcile/choose-ports.ts";
import { findConflicts } from "../../src/reconcile/conflicts.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld } from "./build.ts";

const choice = { first: 8000, last: 8002 };
const open: PublishedPort = {
  hostAddress: "0.0.0.0",
  hostPort: 0,
  protocol: "tcp",
  containerPort: 80,
  choice,
};
const idle: ChoiceInput = { observed: emptyWorld, listeners: [] };

test("each service has one of its own, and what is fixed is nobody's choice", () => {
  const chosen = portsOf(choosePorts(stackWith({ a: [open], b: [fixed(8001)], c: [open] }), idle));
  expect(chosen["b"]).toEqual([8001]);
  expect([...(chosen["a"] ?? []), ...(chosen["c"] ?? [])].sort()).toEqual([8000, 8002]);
});

test("the same is chosen for the same name", () => {
  const desired = stackWith({ a: [open] });
  expect(choosePorts(desired, idle)).toEqual(choosePorts(desired, idle));
});

test.each([8000, 8001, 8002])("what its containers have stays: %i", (hostPort) => {
  const observed = { ...emptyWorld, containers: [having({ ...open, hostPort })] };
  expect(portsOf(choosePorts(stackWith({ a: [open] }), { ...idle, observed }))).toEqual({ a: [hostPort] });
});

test("what programs of the host and other stacks have is left to them", () => {
  const listeners = [{ address: "127.0.0.1", port: 8000, protocol: "tcp" as const, owner: "nginx" }];
  const other = { ...having({ ...open, hostPort: 8002 }), stack: stackName("other") };
  const observed = { ...emptyWorld, containers: [other] };
  expect(portsOf(choosePorts(stackWith({ a: [open] }), { observed, listeners }))).toEqual({ a: [8001] });
});

test("to be looked at are all that may be chosen, or the one that is fixed", () => {
  expect(
    candidatesOf(open)
      .map(({ hostPort }) => hostPort)
      .sort(),
  ).toEqual([8000, 8001, 8002]);
  expect(candidatesOf(open)).toContainEqual({ ...open, hostPort: 8001 });
  expect(candidatesOf(fixed(80))).toEqual([fixed(80)]);
});

test("a port that containers of another service have, or for another port of theirs, is not kept", () => {
  const observed = { ...emptyWorld, containers: [having({ ...open, hostPort: 8001, containerPort: 81 })] };
  const desired = stackWith({ a: [open], b: [open] });
  const chosen = portsOf(choosePorts(desired, { ...idle, observed }));
  expect([...(chosen["a"] ?? []), ...(chosen["b"] ?? [])].sort()).toEqual([8000, 8002]);
});

test("what the containers of a service have is left to it by one that chooses before", () => {
  const own = (service: string, hostPort: number): ObservedContainer => ({
    ...having({ ...open, hostPort }),
    service: serviceName(service),
  });
  for (const hostPort of [8000, 8001, 8002]) {
    const observed = { ...emptyWorld, containers: [own("b", hostPort)] };
    const chosen = portsOf(choosePorts(stackWith({ a: [open], b: [open] }), { ...idle, observed }));
    expect(chosen["b"]).toEqual([hostPort]);
  }
});

test("who chooses first does not take the first port: each begins where its name says", () => {
  const wide = { ...open, choice: { first: 8000, last: 8999 } };
  const first = ["a", "b", "c"].map(
    (name) => portsOf(choosePorts(stackWith({ [name]: [wide] }), idle))[name],
  );
  expect(new Set(first.flat()).size).toBe(3);
});

test("where none is to be chosen, nothing changes", () => {
  const desired = stackWith({ a: [fixed(80)] });
  expect(choosePorts(desired, idle)).toBe(desired);
});

test("where none is free, the plan says so", () => {
  const four = { a: [open], b: [open], c: [open], d: [open] };
  const desired = choosePorts(stackWith(four), idle);
  const conflicts = findConflicts({ desired, ...idle, inventory: [], rollouts: [] });
  expect(conflicts.map(({ diagnostic }) => diagnostic)).toMatchObject([
    {
      severity: "error",
      code: "port-taken",
      path: "services.d.ports[0]",
      message: "none of the ports 8000-8002 of 0.0.0.0 is free",
    },
  ]);
});

function fixed(hostPort: number): PublishedPort {
  return { hostAddress: "0.0.0.0", hostPort, protocol: "tcp", containerPort: 80 };
}

function stackWith(ports: Readonly<Record<string, readonly PublishedPort[]>>): Desired {
  const stack = aStack("shop", Object.fromEntries(Object.keys(ports).map((name) => [name, {}])));
  const services = stack.services.map((service) => ({ ...service, ports: ports[service.name] ?? [] }));
  return desire({ ...stack, services });
}

function portsOf({ stacks }: Desired): Readonly<Record<string, readonly number[]>> {
  const services = stacks.flatMap(({ stack }) => stack.services);
  return Object.fromEntries(services.map(({ name, ports }) => [name, ports.map(({ hostPort }) => hostPort)]));
}

function having(port: MappedPort): ObservedContainer {
  return {
    id: containerId("0123456789ab"),
    stack: stackName("shop"),
    service: serviceName("a"),
    slot: 1,
    specHash: specHash(`h1:${"0".repeat(64)}`),
    state: "running",
    monitored: true,
    exitCode: null,
    restartStreak: 0,
    ports: [port],
  };
}
