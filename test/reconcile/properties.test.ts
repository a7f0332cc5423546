import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { ServiceName } from "../../src/model/ids.ts";
import type { Service } from "../../src/model/stack.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { tryAgain } from "../../src/reconcile/step/rollout.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { anInput, aStack, aStranger, desire, digestOf, emptyWorld, now } from "./build.ts";
import { isNone } from "../../src/model/replica-count.ts";
import { boundsSaid } from "../simulation/serving.ts";
import { drive, type Drive, type DriveOptions } from "./drive.ts";
import { withWayAhead } from "./way-ahead.ts";

const services = fc.dictionary(
  fc.constantFrom("api", "db", "web"),
  fc.record(
    {
      image: fc.constantFrom("busybox:1", "busybox:2"),
      replicas: fc.integer({ min: 0, max: 4 }),
      environment: fc.record({ MODE: fc.constantFrom("a", "b", "c") }),
      volume: fc.constantFrom("one", "two"),
      networks: fc.subarray(["back", "front"], { minLength: 1 }),
      joinsDb: fc.boolean(),
      needs: fc.dictionary(fc.constantFrom("api", "db"), fc.constantFrom("started", "healthy")),
      update: fc.record(
        {
          parallelism: fc.integer({ min: 0, max: 3 }),
          order: fc.constantFrom("start-first", "stop-first"),
          maxUnavailable: fc.record({ count: fc.integer({ min: 0, max: 3 }) }),
          delayMs: fc.constantFrom(0, 1_000),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
);
const stacks = fc.tuple(services, fc.boolean()).map(([words, published]) => {
  const ports: Record<string, number> = { api: 8001, db: 8002, web: 8003 };
  const canBeJoined = (words["db"]?.replicas ?? (words["db"] === undefined ? 0 : 1)) === 1;
  const isJoined = canBeJoined && Object.values(words).some(({ joinsDb }) => joinsDb);
  const withPorts = Object.entries(words).map(([name, { joinsDb, needs = {}, ...each }]) => [
    name,
    {
      ...withWayAhead(each, isJoined && (joinsDb === true || name === "db")),
      dependsOn: Object.fromEntries(
        Object.entries(needs).filter(([other]) => other in words && isBefore(other, name)),
      ),
      ...(published && { port: ports[name] ?? 1 }),
      ...(joinsDb === true && name !== "db" && canBeJoined && { joins: "db", networks: undefined }),
    },
  ]);
  return aStack("shop", Object.fromEntries(withPorts) as typeof words);
});
/** In which order services may need each other. */
function isBefore(one: string, other: string): boolean {
  return ["db", "api", "web"].indexOf(one) < ["db", "api", "web"].indexOf(other);
}

const wishes = fc
  .array(stacks, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((stack) => desire(stack)));
/** An endless stream of choices from a finite seed. */
const choices = fc.infiniteStream(fc.nat({ max: 9_999 }));

/** Longer than a hundred runs take on a machine ten times slower. */
const slow = { timeout: 300_000 };

const nothing: Drive = {
  observed: { ...emptyWorld, containers: [aStranger()] },
  inventory: [],
  rollouts: [],
};

function chooser(stream: fc.Stream<number>): (below: number) => number {
  return (below) => (stream.next().value as number) % below;
}

/** Desired states one after the other, the agent dying now and then, some operations failing the first time. */
function live(
  wanted: readonly Desired[],
  stream: fc.Stream<number>,
  onApply?: DriveOptions["onApply"],
): Drive {
  const choose = chooser(stream);
  return wanted.reduce((world, desired) => {
    const failed = new Set<string>();
    const fails = (operation: Operation): boolean => {
      if (failed.has(keyOf(operation)) || choose(12) > 0) return false;
      failed.add(keyOf(operation));
      return true;
    };
    const options = { choose, crashPercent: 10, ...(onApply && { onApply }) };
    const faulty = drive(desired, world, { ...options, fails });
    return drive(
      desired,
      { ...faulty, rollouts: faulty.rollouts.map((each) => tryAgain(each, { now })) },
      options,
    );
  }, nothing);
}

/** Of the service of this name, with it; on the way back, what has begun before may still end. */
function boundsIn(
  { stacks }: Desired,
  name: string,
): readonly { readonly service: Service; readonly surge: number; readonly unavailable: number }[] {
  const services = stacks.flatMap(({ stack }) => stack.services);
  const service = services.find((each) => each.name === name);
  return service === undefined ? [] : [{ service, ...boundsSaid(service, mayStartFirst(service, services)) }];
}

/** By service and number: the first ones, where no others were chosen. */
function slotsOf(name: ServiceName, replicas: number, rollouts: Drive["rollouts"]): readonly string[] {
  const chosen = rollouts.flatMap(({ slots }) => slots?.[name] ?? []);
  const first = Array.from({ length: replicas }, (_, index) => index + 1);
  return (chosen.length > 0 ? chosen : first).map((slot) => `${name} ${slot}`);
}

/** As the file says; else, of what is published; never what writes to a volume, or whose namespaces others share. */
function mayStartFirst({ name, update, ports, container }: Service, services: readonly Service[]): boolean {
  if (services.some(({ joins = [] }) => joins.some(({ service }) => service === name))) return false;
  if (container.mounts.length > 0) return false;
  if (update?.order !== undefined) return update.order === "start-first";
  return ports.length > 0 || isNone(update?.maxUnavailable);
}

describe("step, whatever is wished, in whatever order things end, fail, and the agent dies,", slow, () => {
  it("converges to what was last desired, after which the plan is empty", () => {
    fc.assert(
      fc.property(wishes, choices, (wanted, stream) => {
        const last = wanted.at(-1) ?? desire();
        const world = live(wanted, stream);
        const running = world.observed.containers.filter(({ stack }) => stack === "shop");
        const expected = last.stacks.flatMap(({ stack }) =>
          stack.services.flatMap(({ name, replicas }) => slotsOf(name, replicas, world.rollouts)),
        );
        expect(expected).toHaveLength(
          last.stacks.flatMap(({ stack }) => stack.services).reduce((sum, { replicas }) => sum + replicas, 0),
        );
        expect(running.map(({ service, slot, state }) => `${service} ${slot} ${state}`).sort()).toEqual(
          expected.map((slot) => `${slot} running`).sort(),
        );
        expect(simulate({ ...anInput(last), ...world }, digestOf).operations).toEqual([]);
      }),
    );
  });

  it("touches nothing foreign", () => {
    fc.assert(
      fc.property(wishes, choices, (wanted, stream) => {
        const world = live([...wanted, desire()], stream, (operation) => {
          if ("container" in operation) expect(operation.container.id).not.toBe(aStranger().id);
        });
        expect(world.observed.containers).toEqual([aStranger()]);
        expect(world.inventory).toEqual([]);
      }),
    );
  });

  it("never has more replicas away for their replacement, nor more too many, than the bounds of their service", () => {
    fc.assert(
      fc.property(wishes, choices, (wanted, stream) => {
        live(wanted, stream, (operation, { after, desired, inForce, rollouts }) => {
          if (operation.kind !== "stop" && operation.kind !== "start") return;
          const named = [desired, inForce].flatMap((each) => boundsIn(each, operation.container.service));
          const [service] = named.map((each) => each.service);
          if (service === undefined || named.some((each) => each.service.joins !== undefined)) return; // it goes with what it joins
          const bounds = {
            surge: Math.max(...named.map((each) => each.surge)),
            unavailable: Math.max(...named.map((each) => each.unavailable)),
          };
          const ran = after.containers.filter(
            (each) => each.stack === "shop" && each.service === service.name && each.startedAt,
          );
          const runningIn = (slot: number): number =>
            ran.filter((each) => each.slot === slot && each.state === "running").length;
          const kept = slotsOf(service.name, service.replicas, rollouts);
          const slots = [...new Set(ran.map(({ slot }) => slot))].filter((slot) =>
            kept.includes(`${service.name} ${slot}`),
          );
          if (operation.kind === "stop" && operation.cause.kind === "spec-changed") {
            expect(slots.filter((slot) => runningIn(slot) === 0).length).toBeLessThanOrEqual(
              bounds.unavailable,
            );
          }
          expect(slots.filter((slot) => runningIn(slot) > 1).length).toBeLessThanOrEqual(bounds.surge);
        });
      }),
    );
  });

  it("never stops a container that still receives traffic, nor removes one that runs", () => {
    fc.assert(
      fc.property(wishes, choices, (wanted, stream) => {
        live(wanted, stream, (operation, { before }) => {
          if (operation.kind !== "stop" && operation.kind !== "remove") return;
          const { id } = operation.container;
          expect(before.routes.flatMap(({ backends }) => backends.map((b) => b.containerId))).not.toContain(
            id,
          );
          const state = before.containers.find((container) => container.id === id)?.state;
          if (operation.kind === "remove") expect(state).not.toBe("running");
        });
      }),
    );
  });
});

describe("step", slow, () => {
  it("gives the same bytes for the same input, in whatever order containers are observed", () => {
    fc.assert(
      fc.property(wishes, choices, stacks, (wanted, stream, next) => {
        const world = live(wanted, stream);
        const input = anInput(desire(next), world);
        const shuffled = {
          ...input,
          observed: { ...world.observed, containers: [...world.observed.containers].reverse() },
        };
        expect(JSON.stringify(step(input))).toBe(JSON.stringify(step(input)));
        expect(JSON.stringify(step(shuffled))).toBe(JSON.stringify(step(input)));
      }),
    );
  });
});

describe("a plan", slow, () => {
  it("is what happens: every real order of operations is one of its linear extensions", () => {
    fc.assert(
      fc.property(stacks, stacks, choices, (from, to, stream) => {
        const world = drive(desire(from), nothing, { choose: (below) => below - 1 });
        isWhatHappens(desire(to), world, stream);
      }),
    );
  });

  it("is so on a way back that somebody asks for, too", () => {
    fc.assert(
      fc.property(stacks, stacks, choices, (from, to, stream) => {
        const first = drive(desire(from), nothing, { choose: (below) => below - 1 });
        const second = drive(desire(to), first, { choose: (below) => below - 1 });
        const good = first.rollouts[0]?.good;
        if (good === undefined) throw new Error("it never stood");
        const back = { by: "alice", since: now, to: good };
        const { stacks: wanted, ...rest } = desire(to);
        isWhatHappens({ ...rest, stacks: wanted.map((each) => ({ ...each, back })) }, second, stream);
      }),
      { numRuns: 50 },
    );
  });
});

function isWhatHappens(desired: Desired, world: Drive, stream: fc.Stream<number>): void {
  const plan = simulate({ ...anInput(desired), ...world }, digestOf);
  const done: string[] = [];
  drive(desired, world, {
    choose: chooser(stream),
    onApply: (operation) => done.push(keyOf(operation)),
  });
  expect([...done].sort()).toEqual(plan.operations.map(({ operation }) => keyOf(operation)).sort());
  for (const { operation, after } of plan.operations) {
    const place = done.indexOf(keyOf(operation));
    for (const number of after) {
      const before = plan.operations[number - 1];
      if (before !== undefined) expect(done.indexOf(keyOf(before.operation))).toBeLessThan(place);
    }
  }
}
