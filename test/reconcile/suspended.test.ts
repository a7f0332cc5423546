/** A suspended stack: nothing of it is changed, and what is there is looked after. */
import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/reconcile/operation.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const before = { web: { image: "busybox:1", replicas: 2, port: 80 }, db: {} };
const after = { web: { image: "busybox:2", replicas: 3, port: 81 }, worker: {} };
const crash: Partial<ObservedContainer> = { state: "exited", exitCode: 1, finishedAt: now };

describe("a suspended stack", () => {
  it("stays as it is, whatever its files say", () => {
    const end = standing().wish(suspended(after)).end();
    expect(end.world.observed).toEqual(standing().world.observed);
  });

  it("becomes what its files say when it is no longer suspended", () => {
    const resumed = standing().wish(suspended(after)).end().wish(wish(after)).end();
    expect(names(resumed)).toEqual(["web 1", "web 2", "web 3", "worker 1"]);
  });

  it("has what crashed restarted, also of a service that its files no longer have", () => {
    const crashed = standing()
      .wish(suspended(after))
      .change(({ slot }) => (slot === 1 ? crash : {}));
    expect(crashed.end().world.observed.containers.map(({ state }) => state)).toEqual(
      Array(3).fill("running"),
    );
  });

  it("that never stood stays as far as it has come", () => {
    const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
    const begun = new Standing(wish(after), nothing).until(
      ({ world }) => world.observed.containers.length > 0,
    );
    const held = begun.wish(suspended(after)).end();
    expect(held.world.observed).toEqual(begun.world.observed);
    expect(names(held.wish(wish(after)).end())).toEqual(["web 1", "web 2", "web 3", "worker 1"]);
  });

  it("has a start that nobody carried on brought to its end", () => {
    const interrupted = standing()
      .wish(suspended(after))
      .change(({ service }) => (service === "db" ? { hooksPending: true } : {}));
    expect(step(interrupted.input(now)).operations).toMatchObject([
      { kind: "start", container: { service: "db" }, cause: { kind: "start-interrupted" } },
    ]);
    expect(step(interrupted.end().input(now)).operations).toEqual([]);
  });

  it("tries what cannot be restarted again after a while, and counts it as no failure of a rollout", () => {
    const crashed = standing()
      .wish(suspended(after))
      .change(({ service }) => (service === "db" ? crash : {}));
    const [start] = step(crashed.input(now)).operations;
    if (start === undefined) throw new Error("nothing is started");
    const failed = { operation: start, result: { kind: "failed", message: "no" } } as const;
    const next = step({ ...crashed.input(now), outcomes: [failed] });
    expect(next).toMatchObject({ operations: [], rollouts: [{ phase: "done" }], wakeAt: now + 10_000 });
    const later = step({ ...crashed.input(now + 10_000), rollouts: next.rollouts });
    expect(later.operations.map(keyOf)).toEqual([keyOf(start)]);
  });

  it("is not left with a replica less where an update had just stopped it", () => {
    const update = { web: { ...before.web, image: "busybox:2", order: "stop-first" as const }, db: {} };
    const worlds = [...standing().wish(wish(update)).rounds()];
    const halfway = worlds.find(({ world }) =>
      world.observed.containers.some(({ service, state }) => service === "web" && state === "exited"),
    );
    const held = halfway?.wish(suspended(update)).end();
    expect(held && running(held)).toEqual(["db 1", "web 1", "web 2"]);
    const resumed = held?.wish(wish(update)).end();
    expect(resumed?.world.rollouts).toMatchObject([{ phase: "watching" }]);
    expect(resumed && names(resumed)).toEqual(["db 1", "web 1", "web 2"]);
  });

  it("lets no deadline of a rollout run", () => {
    const stuck = standing().wish(wish(after));
    const { rollouts } = step(stuck.input(now));
    const held = step({ ...stuck.wish(suspended(after)).input(now + 3_600_000), rollouts });
    const resumed = step({ ...stuck.input(now + 7_200_000), rollouts: held.rollouts });
    expect(resumed.rollouts).toMatchObject([{ phase: "preparing" }]);
  });

  it("has a plan that says what would be done, and who holds it", () => {
    const plan = simulate(standing().wish(suspended(after)).input(now), digestOf);
    expect(renderText(plan, { specs: {} }).split("\n").slice(0, 3)).toEqual([
      "Stack shop",
      "  Not done while it is suspended by alice since 2026-01-01T00:00:00Z: the database is moved",
      "    - db  1 replica, no longer in the file",
    ]);
    const free = simulate(standing().wish(wish(after)).input(now), digestOf);
    expect(plan.operations).toEqual(free.operations);
    expect(plan.id).not.toBe(free.id);
  });
});

type Services = Readonly<Record<string, ServiceWords>>;

function wish(services: Services): Desired {
  return desire(aStack("shop", services));
}

function suspended(services: Services): Desired {
  const hold = { by: "alice", since: now, reason: "the database is moved" };
  const { stacks, ...rest } = wish(services);
  return { ...rest, stacks: stacks.map((each) => ({ ...each, suspended: hold })) };
}

/** What was asked for first stands, and is good. */
function standing(): Standing {
  return new Standing(wish(before), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

function names({ world }: Standing): readonly string[] {
  return world.observed.containers.map(({ service, slot }) => `${service} ${slot}`).sort();
}

function running(standing: Standing): readonly string[] {
  const up = new Set(
    standing.world.observed.containers
      .filter(({ state }) => state === "running")
      .map(({ service, slot }) => `${service} ${slot}`),
  );
  return names(standing).filter((name, index, all) => up.has(name) && all.indexOf(name) === index);
}
