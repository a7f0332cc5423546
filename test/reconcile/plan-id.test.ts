/** The name of a plan: the same while all that it is made of is the same, and another one when the least of it is not. */
import { describe, expect, it, test } from "vitest";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { KeptRevision, Rollout } from "../../src/model/rollout.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired, DesiredStack, Observed } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { made } from "./conflict-words.ts";
import { Standing } from "./rounds.ts";

const shop = aStack("shop", { db: {}, web: { port: 80 } });
const alice = { by: "alice", since: now };
const bob = { by: "bob", since: now + 1, reason: "it is slow" };

function kept(version: number): KeptRevision {
  const stack = aStack("shop", { db: {}, web: { image: `busybox:${version}`, port: 80 } });
  return { revision: revisionId(`${version}`.repeat(12)), stack, images: {} };
}

function wish(said: Partial<DesiredStack> = {}): Desired {
  const { stacks, ...rest } = desire(shop);
  return { ...rest, stacks: stacks.map((each) => ({ ...each, ...said })) };
}

function standing(): Standing {
  return new Standing(wish(), { observed: emptyWorld, inventory: [], rollouts: [] }).end().end(now + 5_000);
}

function idOf(desired: Desired, changes: Partial<Observed> = {}): string {
  const { observed, ...rest } = standing().wish(desired).input(now);
  return simulate({ ...rest, observed: { ...observed, ...changes } }, digestOf).id;
}

describe("plans are different ones by", () => {
  test.each<[string, readonly Partial<DesiredStack>[]]>([
    [
      "the revision that somebody wants back",
      [{}, { back: { ...alice, to: kept(2) } }, { back: { ...alice, to: kept(3) } }],
    ],
    ["what is restarted", [{}, { restarted: kept(2) }, { restarted: kept(3) }]],
    [
      "who is stopped",
      [
        {},
        { stopped: [alice] },
        ...["db", "web"].map((name) => ({ stopped: [{ ...alice, service: serviceName(name) }] })),
      ],
    ],
    ["whether it is held", [{}, { suspended: alice }, { paused: alice }]],
    ["how many replicas somebody asked for", [{}, { scaled: { web: 2 } }, { scaled: { web: 3 } }]],
    ["the revision", [{}, { revision: revisionId("0123456789ab") }]],
  ])("%s", (_, said) => {
    expect(new Set(said.map((each) => idOf(wish(each)))).size).toBe(said.length);
  });

  it("the stacks that are to be gone, the volumes and the networks that are there", () => {
    const ids = [
      idOf(wish()),
      idOf({ ...wish(), absent: [stackName("blog")] }),
      idOf(wish(), { volumes: ["data"] }),
      idOf(wish(), { networks: [made("blog_front", {}, "blog")] }),
      idOf(wish(), { networks: [made("blog_front", { spec: { ipv6: true } }, "blog")] }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it("is the same whoever holds it, for whatever reason, and whichever commit it is of", () => {
  expect(idOf(wish({ suspended: bob }))).toBe(idOf(wish({ suspended: alice })));
  expect(idOf(wish({ stopped: [bob] }))).toBe(idOf(wish({ stopped: [alice] })));
  expect(idOf(wish({ commit: "abc" }))).toBe(idOf(wish()));
});

describe("a plan says of a rollout that", () => {
  const failure = { operation: "start web", message: "it broke", hint: "Mend it." };
  const input = (changes: Partial<Rollout>): Parameters<typeof simulate>[0] => {
    const held = standing().remember(
      standing().world.rollouts.map((rollout) => ({ ...rollout, failure, ...changes })),
    );
    return held.input(now);
  };

  it("has gone back: what the next revision does, and how this one is tried again", () => {
    const { problems } = simulate(input({ phase: "rolled-back" }), digestOf);
    expect(problems).toEqual([
      {
        stack: "shop",
        message: expect.stringMatching(/was rolled back to .*: it broke$/) as string,
        hint: "The next revision is tried by itself; this one with `tallyman reconcile --retry`.",
        isAtRest: true,
      },
    ]);
  });

  it("is held: why, in its own words", () => {
    expect(simulate(input({ phase: "failed" }), digestOf).problems).toEqual([{ stack: "shop", ...failure }]);
  });

  it("has recovered from a failure: nothing", () => {
    expect(simulate(input({ phase: "done" }), digestOf).problems).toEqual([]);
  });
});
