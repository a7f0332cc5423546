/** Whether a container may join a port that one of another stack is behind: now, or when that one has left it. */
import { describe, expect, it } from "vitest";
import { containerId, sourceId, stackName } from "../../src/model/ids.ts";
import type { MappedPort } from "../../src/model/route.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { JoinOperation } from "../../src/reconcile/operation.ts";
import { joinFreePorts, leaverOf } from "../../src/reconcile/step/join-free-ports.ts";
import type { Desired, ObservedContainer, StepInput } from "../../src/reconcile/types.ts";
import { anInput, aStack, aStranger, desire, emptyWorld, source } from "./build.ts";

const zoo = stackName("zoo");
const [web] = aStack("shop", { web: {} }).services;
const elsewhere = { ...desire(aStack("zoo", { web: { port: 8090 } })), complete: [] };
const unknown: Desired = { ...desire(), complete: [] };

function port(hostPort: number): MappedPort {
  return { hostAddress: "0.0.0.0", hostPort, containerPort: 80, protocol: "tcp" };
}

/** The shop's container joins these. */
function joining(...hostPorts: readonly number[]): JoinOperation {
  if (web === undefined) throw new Error("the shop has a service");
  return {
    kind: "join",
    stack: stackName("shop"),
    container: { id: containerId("aaaaaaaaaaaa"), service: web.name, slot: 1 },
    ports: hostPorts.map(port),
    cause: { kind: "running" },
    after: ["start aaaaaaaaaaaa"],
  };
}

/** The zoo's container is behind port 8080. */
function input(
  desired: Desired,
  changes: Partial<StepInput> = {},
  of: Partial<ObservedContainer> = {},
): StepInput {
  const container = { ...aStranger(), stack: zoo, ...of };
  const routes = [{ ...port(8080), backends: [{ containerId: container.id, port: 80 }] }];
  return anInput(desired, { observed: { ...emptyWorld, containers: [container], routes }, ...changes });
}

function ports({ services, ...stack }: Stack, ...all: readonly MappedPort[]): Stack {
  return { ...stack, services: services.map((each) => ({ ...each, ports: all })) };
}

/** What we have made of these stacks, from this source. */
function made(
  ...stacks: readonly (readonly [string, StepInput["inventory"][number]["source"]])[]
): Partial<StepInput> {
  if (web === undefined) throw new Error("the shop has a service");
  return {
    inventory: stacks.map(([stack, from]) => ({ stack: stackName(stack), service: web.name, source: from })),
  };
}

type Row = readonly [string, StepInput];

describe("a port that another stack's container is behind", () => {
  const other = sourceId("git:elsewhere");
  const onMore = ports(aStack("zoo", { web: {} }), port(8090), port(8080));
  const twoPorts = aStack("zoo", { api: { port: 8080 }, db: {}, web: { port: 8090 } });

  it.each<Row>([
    ["goes to another one", input(elsewhere)],
    ["is taken away by hand", input({ ...unknown, absent: [zoo] })],
    ["has left its source", input({ ...unknown, complete: [source] }, made(["ant", other], ["zoo", source]))],
    ["has it kept for it, and goes", input(elsewhere, {}, { ports: [port(8090), port(8080)] })],
  ])("is joined when it has left it, where that one %s", (_, world) => {
    expect(joinFreePorts([joining(8080)], world)).toEqual([]);
    expect(joinFreePorts([joining(8070, 8080)], world)).toEqual([]);
    expect(leaverOf(joining(8080), world)).toBe("zoo");
    expect(joinFreePorts([joining(8070)], world)).toEqual([joining(8070)]);
  });

  it.each<Row>([
    ["stays", input(desire(aStack("zoo", { web: { port: 8080 } })))],
    ["stays with one of its services", input(desire(twoPorts))],
    ["stays, and has another one, too", input(desire(onMore))],
    ["is in a source that could not be read", input(unknown, made(["ant", other], ["zoo", source]))],
    [
      "is, and another stack has left its own",
      input({ ...unknown, complete: [other] }, made(["ant", other], ["zoo", source])),
    ],
    ["is nobody's", input(desire())],
  ])("is joined at once, to be told who has it, where that one %s", (_, world) => {
    expect(leaverOf(joining(8080), world)).toBe(undefined);
    const leave = `leave ${aStranger().id}`;
    const joined = { ...joining(8080), after: ["start aaaaaaaaaaaa", leave] };
    expect(joinFreePorts([joining(8080)], world)).toEqual([joined]);
  });
});
