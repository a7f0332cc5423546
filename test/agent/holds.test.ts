import { expect, it } from "vitest";
import { applyHolds, type StackHold } from "../../src/agent/holds.ts";
import { stackName } from "../../src/model/ids.ts";
import { aStack, desire, now } from "../reconcile/build.ts";

const suspension: StackHold = {
  kind: "suspend",
  stack: stackName("shop"),
  by: "alice",
  since: now,
  reason: "the database is moved",
  until: now + 3_600_000,
};
const wish = desire(aStack("shop", { web: {} }), aStack("blog", { web: {} }));

it("a suspension is laid over its stack and no other, and said with who, why and until when", () => {
  const { desired, diagnostics, nextEnd } = applyHolds(wish, [suspension], { now, kept: () => undefined });
  expect(desired.stacks.map(({ stack, suspended }) => [stack.name, suspended?.by])).toEqual([
    ["shop", "alice"],
    ["blog", undefined],
  ]);
  expect(diagnostics).toMatchObject([
    {
      severity: "warning",
      message: expect.stringContaining(
        "stack shop is suspended by alice since 2026-01-01T00:00:00Z until 2026-01-01T01:00:00Z: the database is moved;",
      ) as string,
      hint: "`tallyman resume shop` takes that back.",
    },
  ]);
  expect(nextEnd).toBe(suspension.until);
});

it("a suspension ends at its time", () => {
  const over = applyHolds(wish, [suspension], { now: now + 3_600_000, kept: () => undefined });
  expect(over).toEqual({ desired: wish, diagnostics: [], ended: [suspension] });
});
