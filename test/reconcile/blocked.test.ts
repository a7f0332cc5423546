/** Operations that failed without its being a failure of their rollout: when each is tried again. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import { block, retryMs, unblock, unblocksAt } from "../../src/reconcile/step/blocked.ts";
import { aStack, desire, now, source } from "./build.ts";

const [shop] = desire(aStack("shop", { web: {} })).stacks;
if (shop === undefined) throw new Error("there is one");
const rollout: Rollout = {
  ...{ stack: shop.stack.name, source, revision: shop.revision, phase: "rolled-back", images: {} },
  ...{ attempts: 1, startedAt: now, replaced: [] },
};

it.each([
  [1, 10],
  [2, 20],
  [5, 160],
  [6, 300],
  [99, 300],
])("after %i failures in a row it waits %i s", (failures, seconds) => {
  expect(retryMs(failures)).toBe(seconds * 1_000);
});

describe("of two that have failed", () => {
  const first = block(rollout, "start web", now);
  const both = block(first, "remove db", now - 4_000);

  it("each waits for itself, and the one whose time comes first wakes the agent", () => {
    expect(unblocksAt(both, now)).toBe(now + 6_000);
    expect(unblocksAt(both, now + 6_000)).toBe(now + 10_000);
    expect(unblocksAt(both, now + 10_000)).toBeUndefined();
  });

  it("one that fails again waits longer, whatever the other one does", () => {
    expect(block(both, "remove db", now).blocked).toEqual({
      "start web": { failures: 1, until: now + 10_000 },
      "remove db": { failures: 2, until: now + 20_000 },
    });
  });

  it("the one that succeeds is forgotten, and the other one is not", () => {
    expect(unblock(both, "remove db")).toEqual(first);
  });

  it("none is forgotten for what else succeeds", () => {
    expect(unblock(both, "join web")).toBe(both);
    expect(unblock(rollout, "join web")).toBe(rollout);
  });
});

describe("a time further ahead than any failure makes it", () => {
  const until = (ms: number): Rollout => ({
    ...rollout,
    blocked: { "start web": { failures: 9, until: ms } },
  });

  it("is of a clock that was wrong, and nobody waits for it", () => {
    expect(unblocksAt(until(now + retryMs(9)), now)).toBe(now + 300_000);
    expect(unblocksAt(until(now + retryMs(9) + 1), now)).toBeUndefined();
  });
});
