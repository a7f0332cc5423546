/** An update whose failures are tolerated, however many: it is done, and may be nothing to go back to. */
import { describe, expect, it } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { lastOfUse } from "../../src/model/last-of-use.ts";
import { outcomeText } from "../../src/reconcile/plan/outcome-text.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type {
  Desired,
  DesiredStack,
  ObservedContainer,
  Outcome,
  StepInput,
} from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { type Fate, Standing } from "./rounds.ts";

const hour = 3_600_000;
const fails: Partial<ServiceWords> = {
  update: { failureAction: "continue" },
  restart: { condition: "none" },
};
const crash = { state: "exited", exitCode: 1, finishedAt: now } as const;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

/** In slots up to this one the second revision works. */
function worksTo(slot: number): Fate {
  return (each, image) => (image === "web:2" && each.slot > slot ? crash : undefined);
}

describe("a revision whose failures are tolerated", () => {
  it.each<[string, Standing, string]>([
    ["is not one to go back to where nothing of a service works", updated(worksTo(0)), "web:1"],
    [
      "is not one where nothing of a service works, though something of another new one does",
      updated(worksTo(0), wish(2, fails, { cache: {}, zoo: {} })),
      "web:1",
    ],
    ["is one where something does", updated(worksTo(1)), "web:2"],
    [
      "is one as soon as something does",
      updated(worksTo(0))
        .change(() => works)
        .end(now + hour),
      "web:2",
    ],
    [
      "is one where nothing of that service is asked for",
      updated(worksTo(0), wish(2, { ...fails, replicas: 0 })),
      "web:2",
    ],
    ["is one where somebody has stopped that service", updated(worksTo(0), stopped(wish(2, fails))), "web:2"],
    [
      "stays one when nothing works any more",
      updated(worksTo(1))
        .change(() => crash)
        .end(now + hour),
      "web:2",
    ],
  ])("%s", (_, { world }, image) => {
    expect(world.rollouts).toMatchObject([{ phase: "done" }]);
    const [last] = world.rollouts.map(lastOfUse);
    expect(last?.stack.services.at(-1)?.container.image).toBe(image);
  });

  it("is one where that service is as it was, and something else is new", () => {
    const { stacks } = desire(aStack("shop", { web: { image: "web:1", replicas: 2, ...fails }, db: {} }));
    const more = updated(worksTo(0), wish(1, fails))
      .change(() => crash)
      .wish({ ...wish(1), stacks });
    const { rollouts } = more.end(now + hour).end(now + 2 * hour).world;
    expect(rollouts).toMatchObject([{ phase: "done" }]);
    expect(rollouts.map(lastOfUse)).toMatchObject([{ revision: stacks[0]?.revision }]);
  });

  it("is none where there was none before: a first one has updated nothing", () => {
    const first = new Standing(wish(2, fails), nothing)
      .fated(worksTo(0))
      .end()
      .end(now + hour);
    expect(first.world.rollouts).toMatchObject([{ phase: "done" }]);
    expect(first.world.rollouts.map(lastOfUse)).toEqual([undefined]);
    expect(first.world.rollouts.map(outcomeText)).toEqual([
      expect.stringContaining("not kept to go back to"),
    ]);
  });

  it("is passed over by the next one that fails, which goes back to what did work", () => {
    const next = updated(worksTo(0))
      .fated((_, image) => (image === "web:3" ? { health: "unhealthy" } : undefined))
      .wish(wish(3))
      .end(now + hour);
    expect(next.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(next.world.observed.containers.map(({ id }) => next.images.get(id))).toEqual(["web:1", "web:1"]);
  });
});

describe("of a revision that is done, and of no use in one service", () => {
  const month = 30 * 24 * hour;
  const both = (version: number): Desired =>
    desire(
      aStack("shop", {
        web: { image: `web:${version}`, ...fails },
        db: { image: `db:${version}`, probed: true },
      }),
    );
  const done = new Standing(both(1), nothing)
    .end(now - hour)
    .wish(both(2))
    .fated(worksTo(0))
    .end()
    .end(now + hour);
  const db = (changes: Partial<ObservedContainer>): StepInput =>
    done.change(({ id }) => (done.images.get(id) === "db:2" ? changes : {})).input(now + month);

  it.each<[string, Partial<ObservedContainer>]>([
    ["is unhealthy again", { health: "unhealthy", restartStreak: 1, startedAt: now }],
    ["ends six times in a row", { state: "exited", exitCode: 1, finishedAt: now + month, restartStreak: 5 }],
  ])("another one is mended when a replica of it %s much later", (_, changes) => {
    const first = step(db(changes));
    const second = step({ ...db(changes), rollouts: first.rollouts });
    expect(second.rollouts).toMatchObject([{ phase: "rolling" }]);
  });

  it("another one is tried again when a replica of it cannot be started much later", () => {
    const ended = { state: "exited", exitCode: 1, finishedAt: now + hour } as const;
    const { operations, rollouts } = step(db(ended));
    const outcomes = operations.map((operation): Outcome => {
      return { operation, result: { kind: "failed", message: "no room" } };
    });
    expect(operations.map(({ kind }) => kind)).toEqual(["start"]);
    expect(step({ ...db(ended), rollouts, outcomes }).rollouts).toMatchObject([{ phase: "failed" }]);
  });
});

const works = { state: "running", exitCode: null, startedAt: now } as const;

function wish(
  version: number,
  words: Partial<ServiceWords> = {},
  others: Readonly<Record<string, ServiceWords>> = {},
): Desired {
  const web = { image: `web:${version}`, replicas: 2, ...words };
  return desire(aStack("shop", { ...others, web }));
}

function stopped({ stacks, ...rest }: Desired): Desired {
  const by: DesiredStack["stopped"] = [{ by: "alice", since: now, service: serviceName("web") }];
  return { ...rest, stacks: stacks.map((each) => ({ ...each, stopped: by })) };
}

function updated(fate: Fate, to: Desired = wish(2, fails)): Standing {
  const first = new Standing(wish(1), nothing);
  return first
    .end(now - hour)
    .wish(to)
    .fated(fate)
    .end()
    .end(now + hour);
}
