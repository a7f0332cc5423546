import { expect, it } from "vitest";
import { admit } from "../../src/agent/admit.ts";
import { stackName } from "../../src/model/ids.ts";
import { aStart } from "./a-start.ts";
import type { Operation } from "../../src/reconcile/operation.ts";

const pulls = Array.from({ length: 5 }, (_, index): Operation => {
  return {
    kind: "pull",
    stack: stackName("shop"),
    reference: `image:${index}`,
    cause: { kind: "image-needed" },
    after: [],
  };
});

it("lets three pulls share the line, in the order of the plan", () => {
  expect(admit(pulls, [])).toEqual(pulls.slice(0, 3));
});

it("counts what is under way", () => {
  expect(admit(pulls.slice(2), pulls.slice(0, 2))).toEqual([pulls[2]]);
  expect(admit(pulls.slice(3), pulls.slice(0, 3))).toEqual([]);
});

it("lets what ends again and again wait for what has not begun", () => {
  const again = Array.from({ length: 8 }, (_, slot) => aStart({ slot, restartStreak: 2 }));
  const once = aStart({ slot: 8, restartStreak: 1 });
  const first = aStart({ slot: 9 });
  expect(admit([...again, once, first], [])).toEqual([first, once, ...again.slice(0, 6)]);
});
