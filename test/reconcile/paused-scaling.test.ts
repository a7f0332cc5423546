/** A rollout that is paused while a service with holes among its slots gets more replicas. */
import { expect, it } from "vitest";
import { choosePorts, type ChoiceInput } from "../../src/reconcile/choose-ports.ts";
import { findConflicts } from "../../src/reconcile/conflicts.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { listener } from "./conflict-words.ts";
import { Standing } from "./rounds.ts";

const oneMinute = 60_000;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

/** Of five replicas, those went that were ill; of four, one is starting, and another one has become ill. */
const halfway = new Standing(choosePorts(files(5), { ...nothing, listeners: [] }), nothing)
  .fated(() => ({ health: "healthy" }))
  .end()
  .end(now + oneMinute)
  .fated(() => undefined)
  .change(({ slot }) => (slot % 2 === 0 ? { health: "unhealthy" } : {}));
const scaled = look(look(halfway, files(3)).fated(startingIn(2)), files(4))
  .fated(() => undefined)
  .change(({ slot }) => (slot === 5 ? { health: "unhealthy" } : {}));

it("each replica keeps its slot and its port through the pause, also one that is ill just then", () => {
  const held = look(scaled, paused(files(4)));
  const well = look(held, files(4)).change(() => ({ health: "healthy" }));
  const resumed = look(well, files(4));
  for (const world of [scaled, held, resumed]) {
    expect(portsOf(world)).toEqual(["1 8000", "2 8001", "3 8002", "5 8004"]);
    const desired = choosePorts(files(4), inputOf(world));
    expect(findConflicts({ desired, ...inputOf(world), inventory: [] })).toEqual([]);
  }
  expect(resumed.world.rollouts).toMatchObject([{ phase: "done", slots: { web: [1, 2, 3, 5] } }]);
});

/** All that follows from these files. */
function look(from: Standing, wish: Desired): Standing {
  return from.wish(choosePorts(wish, inputOf(from))).end(now + oneMinute);
}

/** Another program has taken one of the range meanwhile; a route without backends is not to be seen on a host. */
function inputOf({ world: { observed, rollouts } }: Standing): ChoiceInput {
  const routes = observed.routes.filter(({ backends }) => backends.length > 0);
  return { observed: { ...observed, routes }, rollouts, listeners: [listener(8003)] };
}

function files(replicas: number): Desired {
  const stack = aStack("shop", { web: { probed: true, replicas, port: 1 } });
  const services = stack.services.map((service) => ({
    ...service,
    ports: service.ports.map((port) => ({
      ...port,
      hostPort: 0,
      choice: { first: 8000, last: 8004 },
      ofOneReplica: true as const,
    })),
  }));
  return desire({ ...stack, services });
}

function paused({ stacks, ...rest }: Desired): Desired {
  return { ...rest, stacks: stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } })) };
}

function startingIn(slot: number): Parameters<Standing["fated"]>[0] {
  return (container) => (container.slot === slot ? { health: "starting" } : undefined);
}

function portsOf({ world }: Standing): readonly string[] {
  return world.observed.containers
    .map(({ slot, ports = [] }) => [slot, ...ports.map(({ hostPort }) => hostPort)].join(" "))
    .sort();
}
