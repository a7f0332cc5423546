import { describe, expect, it } from "vitest";
import { applyHolds, type HoldContext, type StackHold } from "../../src/agent/holds.ts";
import { stackName } from "../../src/model/ids.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "../reconcile/build.ts";
import { Standing } from "../reconcile/rounds.ts";

const suspension: StackHold = {
  kind: "suspend",
  stack: stackName("shop"),
  by: "alice",
  since: now,
  reason: "the database is moved",
  until: now + 3_600_000,
};
const context: HoldContext = { now, kept: () => undefined, rollouts: [] };
const wish = desire(aStack("shop", { web: {} }), aStack("blog", { web: {} }));

it("a suspension is laid over its stack and no other, and said with who, why and until when", () => {
  const { desired, diagnostics, nextEnd } = applyHolds(wish, [suspension], context);
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

it.each<[StackHold["kind"], string]>([
  ["suspend", "resume shop"],
  ["pause", "rollout resume shop"],
  ["stop", "start shop"],
  ["rollback", "reconcile --retry"],
])("%s is taken back by a command that can be typed as it is said: %s", (kind, command) => {
  const holds = wish.stacks.slice(0, 1).map(({ revision }) => ({ ...suspension, kind, from: revision }));
  const { diagnostics } = applyHolds(wish, holds, context);
  expect(diagnostics).toMatchObject([{ hint: `\`tallyman ${command}\` takes that back.` }]);
});

it("a suspension ends at its time", () => {
  const over = applyHolds(wish, [suspension], { ...context, now: now + 3_600_000 });
  expect(over).toEqual({ desired: wish, diagnostics: [], ended: [suspension] });
});

describe("a stack that has left its source", () => {
  const standing = new Standing(wish, { observed: emptyWorld, inventory: [], rollouts: [] }).end();
  const halfway = new Standing(wish, { observed: emptyWorld, inventory: [], rollouts: [] }).until(
    ({ world }) => world.observed.containers.length > 0,
  );
  const without: Desired = desire(aStack("blog", { web: {} }));
  const gone: Desired = { ...without, complete: [] };

  it.each<[string, Standing, Desired, readonly StackHold["kind"][], string]>([
    ["goes", standing, without, [], ""],
    ["goes where only its service was stopped", standing, without, ["stop"], ""],
    ["stays while it is suspended", standing, without, ["suspend"], "shop/web running"],
    ["stays while it is paused", standing, without, ["pause"], "shop/web running"],
    [
      "stays as it is where it is suspended and never stood",
      halfway,
      without,
      ["suspend"],
      "shop/web created",
    ],
    ["stays where its source cannot be read", standing, gone, ["suspend"], "shop/web running"],
  ])("%s", (_, before, asked, kinds, left) => {
    const shop = held(before, asked, kinds).end().world.observed.containers.filter(isOfShop);
    expect(shop.map(({ stack, service, state }) => `${stack}/${service} ${state}`).join()).toBe(left);
  });

  it("is looked after while it is suspended, and goes when it is no more", () => {
    const crashed = held(standing, without, ["suspend"]).change(() => ({ state: "exited", exitCode: 1 }));
    const end = crashed.end();
    expect(end.world.observed.containers.filter(isOfShop)).toMatchObject([{ state: "running" }]);
    const { world } = held(end, without, []).end();
    expect(world.observed.containers.filter(isOfShop)).toEqual([]);
    expect(world.inventory.map(({ stack }) => stack)).toEqual(["blog"]);
  });

  it("has a warning that says who holds it", () => {
    const { diagnostics } = applyHolds(without, [suspension], { ...context, ...standing.world });
    expect(diagnostics).toMatchObject([{ code: "suspended" }]);
  });

  function held(before: Standing, asked: Desired, kinds: readonly StackHold["kind"][]): Standing {
    const holds = kinds.map((kind): StackHold => ({
      kind,
      stack: suspension.stack,
      by: "alice",
      since: now,
    }));
    return before.wish(applyHolds(asked, holds, { ...context, rollouts: before.world.rollouts }).desired);
  }
});

function isOfShop({ stack }: { readonly stack: string }): boolean {
  return stack === "shop";
}
