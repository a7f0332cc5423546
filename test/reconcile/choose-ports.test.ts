import { describe, expect, test } from "vitest";
import { applyScales } from "../../src/agent/scaling.ts";
import { containerId, serviceName, specHash, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { MappedPort } from "../../src/model/route.ts";
import type { PublishedPort, Stack } from "../../src/model/stack.ts";
import { candidatesOf, choosePorts, type ChoiceInput } from "../../src/reconcile/choose-ports.ts";
import { findConflicts } from "../../src/reconcile/conflicts.ts";
import { chooseSlots } from "../../src/reconcile/step/choose-slots.ts";
import { stackToGoBackTo } from "../../src/reconcile/step/going-back.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, type ServiceWords } from "./build.ts";
import { listener } from "./conflict-words.ts";
import { drive, type Drive } from "./drive.ts";

const choice = { first: 8000, last: 8002 };
const open: PublishedPort = {
  hostAddress: "0.0.0.0",
  hostPort: 0,
  protocol: "tcp",
  containerPort: 80,
  choice,
};
const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const idle: ChoiceInput = { observed: emptyWorld, listeners: [], rollouts: [] };

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
  expect(portsOf(choosePorts(stackWith({ a: [open] }), { ...idle, observed, listeners }))).toEqual({
    a: [8001],
  });
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

test.each([0, 1, 3])(
  "where none is free, the plan says so: of %i replicas, which have one for them all",
  (replicas) => {
    const four = { a: [open], b: [open], c: [open], d: [open] };
    const desired = choosePorts(stackWith(four, replicas), idle);
    const conflicts = findConflicts({ desired, ...idle, inventory: [] });
    expect(conflicts.map(({ diagnostic }) => diagnostic)).toMatchObject([
      {
        severity: "error",
        code: "port-taken",
        path: "services.d.ports[0]",
        message: "none of the ports 8000-8002 of 0.0.0.0 is free",
      },
    ]);
  },
);

describe("in mode host", () => {
  const ofEach: PublishedPort = { ...open, ofOneReplica: true };
  const slots = (desired: Desired): readonly (readonly [number | undefined, number])[] =>
    desired.stacks.flatMap(({ stack }) =>
      stack.services.flatMap(({ ports }) => ports.map(({ slot, hostPort }) => [slot, hostPort] as const)),
    );
  const inSlot = (slot: number, hostPort: number): ObservedContainer => ({
    ...having({ ...open, hostPort }),
    slot,
  });
  const with_ = (replicas: number, ...containers: readonly ObservedContainer[]): Desired =>
    choosePorts(stackWith({ a: [ofEach] }, replicas), {
      ...idle,
      observed: { ...emptyWorld, containers },
    });

  test("each replica has one of its own, from the first of the range", () => {
    expect(slots(with_(3))).toEqual([
      [1, 8000],
      [2, 8001],
      [3, 8002],
    ]);
  });

  test.each<[string, readonly ObservedContainer[], readonly (readonly [number, number])[]]>([
    [
      "keeps what it has",
      [inSlot(1, 8002), inSlot(2, 8000)],
      [
        [1, 8002],
        [2, 8000],
      ],
    ],
    [
      "has what the others leave it",
      [inSlot(2, 8000)],
      [
        [2, 8000],
        [1, 8001],
      ],
    ],
    [
      "that leaves has its own until then",
      [inSlot(1, 8001), inSlot(2, 8002), inSlot(3, 8000)],
      [
        [1, 8001],
        [2, 8002],
        [3, 8000],
      ],
    ],
    [
      "that has one of another range gets one of this",
      [inSlot(1, 9000), inSlot(3, 8001)],
      [
        [1, 8000],
        [3, 8001],
        [2, 8002],
      ],
    ],
    [
      "has one in the order of their slots, however they are listed",
      [inSlot(2, 9000), inSlot(1, 9001)],
      [
        [1, 8000],
        [2, 8001],
      ],
    ],
  ])("a replica %s", (_, containers, ports) => {
    expect(slots(with_(2, ...containers))).toEqual(ports);
  });

  test("a port that is fixed stays as it is, and is not chosen for a slot", () => {
    const one = { ...fixed(80), ofOneReplica: true } as const;
    expect(slots(choosePorts(stackWith({ a: [ofEach], b: [one] }), idle))).toEqual([
      [1, 8000],
      [undefined, 80],
    ]);
  });

  test("of ports that no file names, each has another one, from where the name of its service says", () => {
    const ofOurs = { ...ofEach, choice: { first: 61_000, last: 65_535 } };
    const chosen = (name: string): readonly number[] =>
      portsOf(choosePorts(stackWith({ [name]: [ofOurs] }, 2), idle))[name] ?? [];
    expect(new Set([...chosen("a"), ...chosen("b")]).size).toBe(4);
  });

  test.each<[string, Desired, string]>([
    [
      "where fewer are free than there are to be replicas",
      stackWith({ a: [ofEach, fixed(80)], b: [fixed(8001)] }, 3),
      "fewer of the ports 8000-8002 of 0.0.0.0 are free than the 3 replicas that have one each",
    ],
    [
      "where none is free for the one replica",
      stackWith({ a: [ofEach], b: [8000, 8001, 8002].map(fixed) }),
      "none of the ports 8000-8002 of 0.0.0.0 is free",
    ],
    [
      "where none is free for the runs of a schedule",
      stackWith({ a: [ofEach], b: [8000, 8001, 8002].map(fixed) }, 0, { schedule: {} }),
      "none of the ports 8000-8002 of 0.0.0.0 is free",
    ],
  ])("%s, the plan says so", (_, wanted, text) => {
    const conflicts = findConflicts({ desired: choosePorts(wanted, idle), ...idle, inventory: [] });
    expect(conflicts.map(({ diagnostic: { path, message } }) => `${path}: ${message}`)).toEqual([
      `services.a.ports[0]: ${text}`,
    ]);
  });

  test.each([
    [61_000, 61_499],
    [65_000, 65_535],
  ])(
    "of a range that is written each has one from its first, also of ports of ours: %i-%i",
    (first, last) => {
      const ofOurs = { ...ofEach, choice: { first, last } };
      expect(portsOf(choosePorts(stackWith({ a: [ofOurs] }, 2), idle))).toEqual({ a: [first, first + 1] });
    },
  );

  test("who has no replicas needs none, and may have some later", () => {
    const desired = with_(0);
    expect(slots(desired)).toEqual([[undefined, 0]]);
    expect(findConflicts({ desired, ...idle, inventory: [] })).toEqual([]);
  });

  test("what is taken of the ports after a range is told at its own line", () => {
    const desired = choosePorts(stackWith({ a: [ofEach, fixed(9000)] }, 3), idle);
    const listeners = [8001, 9000].map(listener);
    const conflicts = findConflicts({ desired, ...idle, listeners, inventory: [] });
    expect(conflicts.map(({ diagnostic: { path, message } }) => `${path}: ${message}`)).toEqual([
      "services.a.ports[0]: port 8001 of 0.0.0.0 is held by nginx (process 812)",
      "services.a.ports[1]: port 9000 of 0.0.0.0 is held by nginx (process 812)",
    ]);
  });

  const remembering = (...slots: readonly number[]): Rollout => {
    const [rollout] = drive(with_(1), nothing, { choose: () => 0 }).rollouts;
    if (rollout === undefined) throw new Error("it has one");
    return { ...rollout, slots: { [serviceName("a")]: slots } };
  };

  test("a slot that is remembered of its stack has one before its replica is made again", () => {
    const observed = { ...emptyWorld, containers: [inSlot(1, 8000), inSlot(3, 8002)] };
    const rollouts = [{ ...remembering(7, 8, 9), stack: stackName("other") }, remembering(1, 3, 5)];
    expect(slots(choosePorts(stackWith({ a: [ofEach] }, 3), { ...idle, observed, rollouts }))).toEqual([
      [1, 8000],
      [3, 8002],
      [5, 8001],
    ]);
  });

  test("a replica whose slot is remembered no more has its own until it is gone", () => {
    const containers = [inSlot(1, 8001), inSlot(2, 8002), inSlot(3, 8000)];
    const known = { ...idle, observed: { ...emptyWorld, containers }, rollouts: [remembering(1, 2)] };
    expect(slots(choosePorts(stackWith({ a: [ofEach] }, 2), known))).toEqual([
      [1, 8001],
      [2, 8002],
      [3, 8000],
    ]);
  });

  test("of too many replicas those stay that have ports, also where one of them is ill", () => {
    const containers = [1, 2, 3, 4, 5].map((slot) => ({
      ...inSlot(slot, 7999 + slot),
      ...(slot === 1 && { health: "unhealthy" as const }),
    }));
    const service = with_(3, ...containers).stacks[0]?.stack.services[0];
    if (service === undefined) throw new Error("there is one");
    const choice = { remembered: undefined, containers, isWanted: () => false, isJoined: false, now: 0 };
    expect(chooseSlots(3, { ...choice, service })).toEqual([1, 2, 3]);
    expect(chooseSlots(3, { ...choice, service: { ...service, ports: [] } })).toEqual([2, 3, 4]);
  });

  test("each replica joins its own port alone, and its successor the same one", () => {
    const before = drive(with_(3), nothing, { choose: () => 0 });
    const { observed } = before;
    const changed = stackWith({ a: [ofEach] }, 3, { image: "busybox:2" });
    const after = drive(choosePorts(changed, { ...idle, observed }), before, { choose: () => 0 });
    for (const world of [observed, after.observed]) {
      const slotOf = new Map(world.containers.map(({ id, slot }) => [id, slot]));
      const led = world.routes.map(({ hostPort, backends }) => [
        hostPort,
        ...backends.map(({ containerId: id }) => slotOf.get(id)),
      ]);
      expect(led.sort()).toEqual([
        [8000, 1],
        [8001, 2],
        [8002, 3],
      ]);
    }
    expect(after.observed.containers).not.toEqual(observed.containers);
  });

  test("what was scaled by hand is gone back to with its ports, and as many replicas as it has ports for", () => {
    const written = stackWith({ _: [fixed(9000)], a: [ofEach] }, 2);
    const scales = written.stacks.map(({ stack, revision }) => ({
      stack: stack.name,
      service: serviceName("a"),
      replicas: 3,
      revision,
    }));
    const scaled = choosePorts(applyScales(written, scales, 0).desired, idle);
    const world = drive(scaled, nothing, { choose: () => 0 });
    const kept = world.rollouts[0]?.good;
    if (kept === undefined) throw new Error("it stands");
    expect(kept.stack.services).toMatchObject([
      { replicas: 2, ports: [{ hostPort: 9000 }] },
      { replicas: 2, ports: [8000, 8001, 8002].map((hostPort) => ({ hostPort })) },
    ]);
    const back = (a: number): Stack => stackToGoBackTo(kept, { scaled: { a } });
    expect([0, 1, 3, 4].map((a) => back(a).services[1]?.replicas)).toEqual([0, 1, 3, 2]);
  });

  test("runs of a schedule, which are no replicas, have one for them all", () => {
    const scheduled = choosePorts(stackWith({ a: [ofEach] }, 0, { schedule: {} }), idle);
    expect(slots(scheduled)).toEqual([[undefined, expect.any(Number)]]);
    expect([8000, 8001, 8002]).toContain(slots(scheduled)[0]?.[1]);
  });
});

function fixed(hostPort: number): PublishedPort {
  return { hostAddress: "0.0.0.0", hostPort, protocol: "tcp", containerPort: 80 };
}

function stackWith(
  ports: Readonly<Record<string, readonly PublishedPort[]>>,
  replicas = 1,
  words: ServiceWords = {},
): Desired {
  const names = Object.keys(ports);
  const stack = aStack("shop", Object.fromEntries(names.map((name) => [name, { replicas, ...words }])));
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
