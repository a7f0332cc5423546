/** A revision that its stack went back from: when it is tried again, and what is forgotten by then. */
import { describe, expect, it, test } from "vitest";
import type { Desired, Observed } from "../../src/reconcile/types.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Stack } from "../../src/model/stack.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const minute = 60_000;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const alice = { by: "alice", since: now };

describe("what a stack went back from", () => {
  test.each<[string, Partial<Observed["images"][string]>, string]>([
    ["is tried again where its image is a file that holds something else", {}, "preparing"],
    ["is not where that file holds the same", { digest: digestOf("busybox:2") }, "rolled-back"],
    [
      "is not where its image is none of a file, whatever its name stands for",
      { onDisk: false },
      "rolled-back",
    ],
  ])("%s", (_, image, phase) => {
    const other = { digest: digestOf("another one"), stored: true, onDisk: true, ...image };
    expect(phasesOf(wentBack(), { "busybox:2": other })).toEqual([phase]);
  });

  const another = { digest: digestOf("another one"), stored: true, onDisk: true };

  it("is tried again also where the image of another service is no file", () => {
    const both = { db: { image: "busybox:3" } };
    expect(phasesOf(wentBack({}, both), { "busybox:2": another })).toEqual(["preparing"]);
  });

  it("is not where it had not come as far as to take what is in that file", () => {
    const back = wentBack();
    const early = back.remember(back.world.rollouts.map((each) => ({ ...each, images: {} })));
    expect(phasesOf(early, { "busybox:2": another })).toEqual(["rolled-back"]);
  });

  it("is not tried again where somebody has sent it back", () => {
    const back = wentBack();
    const [to] = back.world.rollouts.flatMap(({ good }) => good ?? []);
    if (to === undefined) throw new Error("it never stood");
    const stacks = back.desired.stacks.map((each) => ({ ...each, back: { ...alice, to } }));
    const sent = back.wish({ ...back.desired, stacks });
    const other = { digest: digestOf("another one"), stored: true, onDisk: true };
    expect(phasesOf(sent, { "busybox:2": other })).toEqual(["rolled-back"]);
  });

  it.each([minute, 2 * minute])(
    "is not when its time comes, where it had failed before: after %i ms",
    (ms) => {
      const back = wentBack();
      const failed = back.world.rollouts.map((each) => ({ ...each, retryAt: now + minute }));
      const { rollouts, wakeAt } = step(back.remember(failed).input(now + ms));
      expect(rollouts).toMatchObject([{ phase: "rolled-back" }]);
      expect(wakeAt).toBeUndefined();
    },
  );

  it("needs no image of its own any more", () => {
    const back = wentBack();
    const { stacks } = neverPulled(back.desired);
    const { observed } = back.world;
    const images = Object.fromEntries(
      Object.entries(observed.images).filter(([name]) => name !== "busybox:2"),
    );
    const input = {
      ...back.wish({ ...back.desired, stacks }).input(now + minute),
      observed: { ...observed, images },
    };
    expect(step(input).rollouts.map(({ phase }) => phase)).toEqual(["rolled-back"]);
  });
});

describe("when it is over", () => {
  const stopFirst = { order: "stop-first" } as const;

  it("an update has forgotten what it had stopped", () => {
    const updated = standing(stopFirst).wish(wish(2, stopFirst)).end();
    expect(updated.world.rollouts[0]?.replaced).toHaveLength(1);
    expect(updated.end(now + minute).world.rollouts).toMatchObject([{ phase: "done", replaced: [] }]);
  });

  it("a way back has, too", () => {
    const back = wentBack(stopFirst);
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back", replaced: [] }]);
  });

  it("a revision is kept with where its services were in its file", () => {
    const [rollout] = standing().world.rollouts;
    const place = { file: "compose.yaml", line: 3, column: 5 };
    expect(rollout?.good?.stack.places).toEqual({ "services.web": place });
  });

  it("a revision is kept with its commit", () => {
    const stacks = wish(1).stacks.map((each) => ({ ...each, commit: "0123456789abcdef" }));
    const stands = new Standing({ ...wish(1), stacks }, nothing).end().end(now + minute);
    expect(stands.world.rollouts).toMatchObject([{ phase: "done", good: { commit: "0123456789abcdef" } }]);
  });
});

it("the time in which its image is fetched is none in which an update comes no further", () => {
  const update = { progressDeadlineMs: minute };
  const fetching = standing().wish(wish(2, { update }));
  const { rollouts } = step(fetching.input(now));
  const { observed } = fetching.world;
  const image = { digest: digestOf("busybox:2"), stored: true, onDisk: false };
  const late = { ...fetching.input(now + 2 * minute), rollouts };
  const here = { ...late, observed: { ...observed, images: { ...observed.images, "busybox:2": image } } };
  expect(step(late).rollouts).toMatchObject([{ phase: "preparing" }]);
  expect(step(here).rollouts[0]).not.toHaveProperty("failure");
});

it("what fails since its image is not here fails once for each time that it is tried", () => {
  const first = new Standing(neverPulled(wish(1)), nothing);
  const refused = step(first.input(now));
  expect(refused.rollouts).toMatchObject([{ phase: "failed", attempts: 1, retryAt: now + 10_000 }]);
  const later = (at: number): ReturnType<typeof step> =>
    step({ ...first.input(at), rollouts: refused.rollouts });
  expect(later(now + 9_999).rollouts).toEqual(refused.rollouts);
  expect(later(now + 10_000).rollouts).toMatchObject([{ phase: "failed", attempts: 2 }]);
});

it("what failed and is tried again by itself wakes the agent for that", () => {
  const first = new Standing(wish(1), nothing);
  const { operations, rollouts } = step(first.input(now));
  const outcomes = operations.map((operation) => ({
    operation,
    result: { kind: "failed", message: "no" } as const,
  }));
  const failed = step({ ...first.input(now), rollouts, outcomes });
  expect(failed.rollouts).toMatchObject([{ phase: "failed" }]);
  expect(failed.wakeAt).toBe(failed.rollouts[0]?.retryAt);
  expect(failed.wakeAt).toBeGreaterThan(now);
  const again = step({ ...first.input(failed.wakeAt ?? now), rollouts: failed.rollouts });
  expect(again.rollouts[0], "it is told as under way").not.toHaveProperty("failure");
});

type Others = Readonly<Record<string, ServiceWords>>;

function wish(version: number, words: ServiceWords = {}, others: Others = {}): ReturnType<typeof desire> {
  const web = { probed: true, ...words, image: `busybox:${version}` };
  return desire(aStack("shop", { web, ...others }));
}

function neverPulled(desired: Desired): Desired {
  const never = (stack: Stack): Stack => ({
    ...stack,
    services: stack.services.map((service) => ({ ...service, pullPolicy: "never" })),
  });
  return { ...desired, stacks: desired.stacks.map((each) => ({ ...each, stack: never(each.stack) })) };
}

function standing(words: ServiceWords = {}): Standing {
  return new Standing(wish(1, words), nothing)
    .fated((_, image) => ({
      health: image === "busybox:2" && words.order === undefined ? "unhealthy" : "healthy",
    }))
    .end()
    .end(now + minute);
}

function wentBack(words: ServiceWords = {}, others: Others = {}): Standing {
  return standing(words)
    .fated((_, image) => ({ health: image === "busybox:2" ? "unhealthy" : "healthy" }))
    .wish(wish(2, words, others))
    .end(now + minute);
}

function phasesOf(world: Standing, changes: Observed["images"]): readonly string[] {
  const { observed } = world.world;
  const input = {
    ...world.input(now + minute),
    observed: { ...observed, images: { ...observed.images, ...changes } },
  };
  return step(input).rollouts.map(({ phase }) => phase);
}
