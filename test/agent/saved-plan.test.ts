import { describe, expect, it, test } from "vitest";
import { parseSavedPlan, savedPlan, whyMoved } from "../../src/agent/saved-plan.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { revisionId, serviceName } from "../../src/model/ids.ts";
import type { Desired, DesiredStack, Observed } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, now } from "../reconcile/build.ts";

const shop = aStack("shop", { web: { image: "nginx:1.27" } });
const kept = { revision: revisionId("ba9876543210"), stack: shop, images: {} };
const saved = savedPlan(planOf(desire(shop)), { file: ["stacks"] }, "/srv");

describe("a saved plan", () => {
  it("is read as it was written, with absolute paths", () => {
    expect(parseSavedPlan(JSON.stringify(saved), "plan.json")).toEqual(saved);
    expect(saved.source).toEqual({ file: ["/srv/stacks"] });
  });

  it("is still the plan while files, host and images are the same", () => {
    expect(whyMoved(saved, planOf(desire(shop)))).toBeUndefined();
  });

  const changed = aStack("shop", { web: { image: "nginx:1.28" } });
  const another = aStack("blog", {});
  it.each<[string, Plan]>([
    ["the files of stack shop say something else", planOf(desire(changed))],
    ["stack shop is no longer asked for", planOf(desire())],
    ["stack blog is asked for, too", planOf(desire(shop, another))],
    ["what runs on this host is not what it was", planOf(desire(shop), { volumes: ["shop_data"] })],
    ["nginx:1.27 stands for another image", planOf(desire(shop), {}, () => digestOf("moved"))],
  ])("has moved where %s", (why, present) => {
    expect(whyMoved(saved, present)).toBe(why);
  });

  const hold = { by: "alice", since: now };
  it.each<[string, Partial<DesiredStack>, Partial<DesiredStack>]>([
    ["stack shop has been suspended since", {}, { suspended: hold }],
    ["stack shop is not paused any more", { paused: hold }, {}],
    [
      "stack shop has been stopped since",
      { stopped: [{ ...hold, service: serviceName("web") }] },
      { stopped: [hold] },
    ],
    ["stack shop has been scaled since", { scaled: { web: 2 } }, { scaled: { web: 3 } }],
    ["stack shop has been restarted since", {}, { revision: revisionId("0123456789ab"), restarted: kept }],
    ["stack shop has been sent back since", {}, { back: { ...hold, to: kept } }],
  ])("has moved where %s", (why, before, after) => {
    const planWith = (said: Partial<DesiredStack>): Plan => {
      const { stacks, ...rest } = desire(shop);
      return planOf({ ...rest, stacks: stacks.map((each) => ({ ...each, ...said })) });
    };
    const plan = savedPlan(planWith(before), { file: [] }, "/");
    expect(whyMoved(plan, planWith(before))).toBeUndefined();
    expect(whyMoved(plan, planWith(after))).toBe(why);
  });

  it("of a version that did not save what was said has moved with the host", () => {
    const stacks = Object.fromEntries(
      Object.entries(saved.stacks).map(([name, { revision }]) => [name, { revision }]),
    );
    expect(whyMoved({ ...saved, stacks }, planOf(desire(shop)))).toBeUndefined();
  });

  it("of a repository has moved with its commit", () => {
    const at = (desired: Desired, commit: string): Desired => ({
      ...desired,
      stacks: desired.stacks.map((each) => ({ ...each, commit })),
    });
    const old = savedPlan(planOf(at(desire(shop), "a".repeat(40))), { file: [], git: "/srv/git" }, "/");
    expect(whyMoved(old, planOf(at(desire(changed), "b".repeat(40))))).toBe(
      "stack shop is at commit bbbbbbbbbb, and the plan was made of aaaaaaaaaa",
    );
    expect(whyMoved(old, planOf(at(desire(shop), "b".repeat(40))))).toBeUndefined();
  });
});

test.each(["", "[]", "{}", '{"formatVersion":2}', JSON.stringify({ ...saved, source: { file: [1] } })])(
  "what is no plan is refused by its name: %s",
  (text) => {
    expect(() => parseSavedPlan(text, "plan.json")).toThrow(
      expect.objectContaining({
        code: "INVALID_PLAN_FILE",
        message: expect.stringContaining("plan.json") as string,
      }),
    );
  },
);

function planOf(desired: Desired, world: Partial<Observed> = {}, digestFor = digestOf): Plan {
  return simulate(anInput(desired, { observed: { ...emptyWorld, ...world } }), digestFor);
}
