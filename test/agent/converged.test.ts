import { describe, expect, it } from "vitest";
import { whenConverged } from "../../src/agent/converged.ts";
import type { Pass } from "../../src/agent/loop.ts";
import { whenSettled } from "../../src/agent/settled.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "../reconcile/build.ts";
import { Standing, type Fate } from "../reconcile/rounds.ts";
import { aStart } from "./a-start.ts";

const goesOn = undefined;
const isOver = true;
const oneMinute = 60_000;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const unlucky: Fate = () => ({ state: "exited", exitCode: 1, finishedAt: now });
const unhealthy: Fate = () => ({ health: "unhealthy" });
const unhealthyIfProbed: Fate = ({ health }) => (health === undefined ? undefined : { health: "unhealthy" });

describe("a run that nobody told to wait", () => {
  const quick = { monitorMs: 0 };
  it.each<[string, Readonly<Record<string, ServiceWords>>, typeof goesOn | typeof isOver]>([
    ["while a delay has to pass", { web: { replicas: 2, update: { ...quick, delayMs: 3_000 } } }, goesOn],
    ["where it is only watched", { web: { replicas: 2, update: { monitorMs: 3_000 } } }, isOver],
    [
      "where somebody has to promote it",
      { web: { replicas: 2, update: { ...quick, canary: { count: 1 } } } },
      isOver,
    ],
    [
      "where it promotes itself",
      { web: { replicas: 2, update: { ...quick, canary: { count: 1 }, autoPromoteMs: 3_000 } } },
      isOver,
    ],
  ])("%s in an update", (_, services, verdict) => {
    const stood = new Standing(desireMode("old", services), nothing).end().end(now + oneMinute);
    const updated = stood.wish(desireMode("new", services)).end(now + oneMinute);
    expect(whenConverged(passOf(updated), updated.desired, now + oneMinute)).toBe(verdict);
    expect(whenConverged(passOf(updated), paused(updated.desired), now + oneMinute)).toBe(isOver);
  });

  const migration = { migrate: {}, app: { dependsOn: { migrate: "completed" } } } as const;
  const givenUp = { ...migration, migrate: { restart: { condition: "none" } } } as const;
  const triedAgain = { ...migration, migrate: { restart: { condition: "on-failure" } } } as const;
  it.each<[string, Readonly<Record<string, ServiceWords>>, Fate, typeof goesOn | typeof isOver]>([
    ["while one has to end that another depends on", migration, () => ({}), goesOn],
    ["where that has failed for good", givenUp, unlucky, isOver],
    ["where that is tried again", triedAgain, unlucky, goesOn],
    ["where nobody waits for what is tried again", { ...triedAgain, app: {} }, unlucky, isOver],
    ["where one ends again and again", { web: { restart: { condition: "any" } } }, unlucky, isOver],
    ["where one is unhealthy", { web: { probed: true } }, unhealthy, isOver],
  ])("%s at its first rollout", (_, services, fate, verdict) => {
    const desired = desire(aStack("shop", services));
    const begun = new Standing(desired, nothing, { fate }).until(({ world: { observed } }) =>
      observed.containers.some(({ startedAt }) => startedAt !== undefined),
    );
    expect(whenConverged(passOf(begun), desired, now)).toBe(verdict);
  });
});

describe("a job at its first rollout, which waits for nothing but its end", () => {
  const job = { job: true, update: { parallelism: 1 } } as const;
  it.each<[string, Readonly<Record<string, ServiceWords>>, typeof goesOn | typeof isOver]>([
    ["is under way", { index: job }, isOver],
    ["is under way, and ill", { index: { ...job, probed: true } }, isOver],
    ["has more runs to begin", { index: { ...job, replicas: 2 } }, goesOn],
    ["keeps another one from its start", { index: job, app: { dependsOn: { index: "completed" } } }, goesOn],
  ])("%s", (_, services, verdict) => {
    const desired = desire(aStack("shop", services));
    const begun = new Standing(desired, nothing, { fate: unhealthyIfProbed }).end();
    const later = now + oneMinute;
    expect(whenConverged(passOf(begun), desired, later)).toBe(verdict);
    expect(whenSettled(passOf(begun), desired, later)).toBe(goesOn);
  });

  it("keeps what has left the file until it has ended, so that somebody has to go on", () => {
    const stood = new Standing(desire(aStack("shop", { web: {}, old: {} })), nothing).end();
    const desired = desire(aStack("shop", { web: {}, index: job }));
    const begun = stood.wish(desired).end(now + oneMinute);
    expect(whenConverged(passOf(begun), desired, now + oneMinute)).toBe(goesOn);
  });
});

it.each([
  ["promotes itself", { autoPromoteMs: 3_000 }, goesOn],
  ["waits for somebody", {}, isOver],
])("who waits until it stands waits for a canary that %s: %o", (_, promotion, verdict) => {
  const services = { web: { replicas: 2, update: { monitorMs: 0, canary: { count: 1 }, ...promotion } } };
  const stood = new Standing(desireMode("old", services), nothing).end().end(now + oneMinute);
  const updated = stood.wish(desireMode("new", services)).end(now + oneMinute);
  expect(whenSettled(passOf(updated), updated.desired, now + oneMinute + 2_000)).toBe(verdict);
  const later = updated.end(now + 2 * oneMinute);
  const isThrough = verdict === goesOn;
  expect(later.world.rollouts[0]).toMatchObject({ phase: isThrough ? "done" : "rolling" });
});

it("a run ends with what has failed when that has been taken back as far as it is", () => {
  const desired = desire(aStack("shop", { web: {} }));
  const [rollout] = new Standing(desired, nothing).end().world.rollouts;
  const rollouts = rollout ? [{ ...rollout, phase: "failed" as const }] : [];
  const pass = { observed: emptyWorld, rollouts, pending: [] };
  const restarting = { ...pass, pending: [aStart({ slot: 1, restartStreak: 2 })] };
  for (const isDone of [whenConverged, whenSettled]) {
    expect(isDone(restarting, desired, now)).toBe(goesOn);
    expect(isDone(pass, desired, now)).toBe(isOver);
  }
});

it("what was made and never started is waited for by nobody, where the rollout is paused", () => {
  const desired = paused(desire(aStack("shop", { web: {} })));
  const begun = new Standing(desired, nothing).end();
  const made = { state: "created", monitored: true, exitCode: null, restartStreak: 0 } as const;
  const containers = new Standing(desire(aStack("shop", { web: {} })), nothing)
    .end()
    .world.observed.containers.map(({ id, stack, service, slot, specHash }) => ({
      ...{ id, stack, service, slot, specHash },
      ...made,
    }));
  const pass = { ...passOf(begun), observed: { ...emptyWorld, containers } };
  expect(whenSettled(pass, desired, now)).toBe(isOver);
});

function passOf({ world: { observed, rollouts } }: Standing): Pass {
  return { observed, rollouts, pending: [] };
}

function desireMode(mode: string, services: Readonly<Record<string, ServiceWords>>): Desired {
  const changed = Object.entries(services).map(([name, words]) => [
    name,
    { ...words, environment: { MODE: mode } },
  ]);
  return desire(aStack("shop", Object.fromEntries(changed) as typeof services));
}

function paused({ stacks, ...desired }: Desired): Desired {
  return { ...desired, stacks: stacks.map((each) => ({ ...each, paused: { by: "root", since: now } })) };
}
