/** An update that began while the clock of the host was ahead: its deadlines end all the same. */
import { describe, expect, it } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const minute = 60_000;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const year = 365 * 24 * 60 * minute;

describe("after a clock that was a year ahead is right again", () => {
  it.each([
    ["healthy_deadline", { healthyDeadlineMs: 5 * minute }, "the new shop-web-1 was not ready within 300 s"],
    [
      "progress_deadline",
      { healthyDeadlineMs: 60 * minute, progressDeadlineMs: 5 * minute },
      "shop-web came no further for 300 s",
    ],
  ] as const)("%s begins anew, and ends", (_, update, message) => {
    const right = updating({ update }, now + year).end(now);
    expect(right.end(now + 5 * minute - 1).world.rollouts).toMatchObject([{ phase: "rolling" }]);
    expect(right.end(now + 5 * minute).world.rollouts).toMatchObject([
      { phase: "rolled-back", failure: { message } },
    ]);
  });

  it("what starts only then has no more time than otherwise", () => {
    const right = updating({ update: { healthyDeadlineMs: 5 * minute } }, now + year).end(now);
    const restarted = right.change(({ health }) =>
      health === "starting" ? { startedAt: now + 2 * minute } : {},
    );
    const phases = [7 * minute - 1, 7 * minute].map((later) => restarted.end(now + later).world.rollouts);
    expect(phases).toMatchObject([[{ phase: "rolling" }], [{ phase: "rolled-back" }]]);
  });

  it("a revision that stands is good when it was watched from then on", () => {
    const update = { monitorMs: minute };
    const watched = standing({ update })
      .wish(wish(2, { update }))
      .end(now + year)
      .end(now);
    const phases = [minute - 1, minute].map((later) => phaseOf(watched.end(now + later)));
    expect([phaseOf(watched), ...phases]).toEqual(["watching", "watching", "done"]);
  });

  it("a replica that was restarted twice and is ill is restarted after 20 s from then on", () => {
    const ill = standing().change(() => ({ health: "unhealthy", restartStreak: 2, startedAt: now + year }));
    expect(healed(ill.end(now), [19_999, 20_000])).toEqual([[], ["stop"]]);
  });

  it("one that starts keeps another one from being healed for healthy_deadline and no longer", () => {
    const two = { replicas: 2, update: { healthyDeadlineMs: minute } };
    const ill = standing(two).change(({ slot }) =>
      slot === 1 ? { health: "starting", startedAt: now + year } : { health: "unhealthy" },
    );
    expect(healed(ill.end(now), [minute - 1, minute])).toEqual([[], ["stop"]]);
  });

  it("one that has ended is started again after its delay from then on, and has run as long as it has", () => {
    const restart = { condition: "any", delayMs: minute, windowMs: minute } as const;
    const ended = standing({ restart }).change(() => ({
      ...{ state: "exited", exitCode: 1, restartStreak: 5 },
      ...{ startedAt: now + year, finishedAt: now + year + minute },
    }));
    const right = ended.end(now);
    expect(step(right.input(now + minute - 1)).operations).toEqual([]);
    expect(step(right.input(now + minute)).operations).toMatchObject([{ kind: "start", restartStreak: 1 }]);
  });

  it("the next replica has its turn after monitor, where one accepts no connections", () => {
    const two = { replicas: 2, probed: false, port: 80, update: { monitorMs: minute } };
    const right = standing(two)
      .wish(wish(2, two))
      .fated((_, image) => (image === "web:2" ? { accepts: false } : undefined))
      .end(now + year)
      .end(now);
    const counts = [minute - 1, minute].map((later) => newOnes(right.end(now + later)));
    expect(counts).toEqual([1, 2]);
  });

  it("the next replica has its turn after delay", () => {
    const two = { replicas: 2, update: { delayMs: minute } };
    const right = standing(two)
      .wish(wish(2, two))
      .end(now + year)
      .end(now);
    expect([newOnes(right), newOnes(right.end(now + minute))]).toEqual([1, 2]);
  });

  it("what has failed is tried again", () => {
    const { rollouts } = standing()
      .wish(wish(2))
      .end(now + year).world;
    const failed = (retryAt: number): Standing =>
      standing()
        .wish(wish(2))
        .remember(rollouts.map((each) => ({ ...each, phase: "failed", retryAt })));
    const ahead = [5 * minute, 5 * minute + 1];
    const phases = ahead.map((each) => step(failed(now + each).input(now)).rollouts[0]?.phase);
    expect(phases).toEqual(["failed", "preparing"]);
  });

  it("a replica is not restarted again and again for one that it depends on and that is restarted since", () => {
    const services = { db: {}, web: { dependsOn: { db: "started" }, restartsWith: ["db"] } } as const;
    const both = new Standing(desire(aStack("shop", services)), nothing).end(now - year).end(now - minute);
    const ahead = both.change(({ service }) => (service === "db" ? { startedAt: now + year } : {}));
    const [restarted] = ahead.end(now).world.observed.containers.filter(({ service }) => service === "web");
    expect(restarted).toMatchObject({ startedAt: now, restartStreak: 0 });
  });

  it("that it was is forgotten when there is no such time any more", () => {
    const right = standing()
      .change(() => ({ startedAt: now + minute }))
      .end(now);
    expect(right.world.rollouts).toMatchObject([{ setBackAt: now }]);
    expect(right.end(now + minute - 1).world.rollouts).toMatchObject([{ setBackAt: now }]);
    expect(right.end(now + minute).world.rollouts[0]?.setBackAt).toBeUndefined();
  });
});

/** Its first replicas have run for long. */
function standing(words: Partial<ServiceWords> = {}): Standing {
  return new Standing(wish(1, words), nothing).end(now - year).end(now - year + minute);
}

function phaseOf({ world }: Standing): string | undefined {
  return world.rollouts[0]?.phase;
}

function newOnes({ world, images }: Standing): number {
  return world.observed.containers.filter(
    ({ id, state }) => state === "running" && images.get(id) === "web:2",
  ).length;
}

/** What is begun so much later. */
function healed(world: Standing, later: readonly number[]): unknown {
  return later.map((each) => step(world.input(now + each)).operations.map(({ kind }) => kind));
}

/** A new replica that never becomes ready has just been started. */
function updating(words: Partial<ServiceWords>, at: number): Standing {
  return new Standing(wish(1, words), { observed: emptyWorld, inventory: [], rollouts: [] })
    .end(at - year)
    .wish(wish(2, words))
    .fated((_, image) => (image === "web:2" ? { health: "starting" } : undefined))
    .end(at);
}

function wish(version: number, words: Partial<ServiceWords> = {}): Desired {
  return desire(aStack("shop", { web: { image: `web:${version}`, probed: true, ...words } }));
}
