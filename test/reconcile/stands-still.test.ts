/** Which stacks stay as they are until somebody does something: others that wait for them would do so for ever. */
import { expect, it } from "vitest";
import { revisionId, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { standsStill } from "../../src/reconcile/step/stands-still.ts";
import type { DesiredStack } from "../../src/reconcile/types.ts";
import { aStack, desire, now, source } from "./build.ts";

const [shop] = desire(aStack("shop", { web: {} })).stacks;
if (shop === undefined) throw new Error("there is one");
const { revision, stack } = shop;
const hold = { by: "alice", since: now };
const kept = { revision: revisionId("333333333333"), stack, images: {} };

const failed: Rollout = {
  ...{ stack: stack.name, source, revision, phase: "failed", images: {}, attempts: 1, startedAt: now },
  ...{ failure: { operation: "start web", message: "it broke" }, replaced: [] },
};

it.each<[string, Partial<DesiredStack>, Partial<Rollout> | undefined, boolean]>([
  ["is new", {}, undefined, false],
  ["is suspended", { suspended: hold }, undefined, true],
  ["is paused", { paused: hold }, undefined, true],
  ["has failed", {}, {}, true],
  ["has failed, and is tried again", {}, { retryAt: now }, false],
  ["has failed with other files", {}, { revision: revisionId("222222222222") }, false],
  [
    "has failed, and was restarted by hand",
    { revision: revisionId("222222222222"), written: revision },
    {},
    true,
  ],
  ["has failed, and is to be another revision", { back: { ...hold, to: kept } }, {}, false],
  ["rolls", {}, { phase: "rolling" }, false],
  ["has a neighbour of the same files that has failed", {}, { stack: stackName("zoo") }, false],
])("a stack that %s", (_, wish, remembered, stands) => {
  const rollouts = remembered === undefined ? [] : [{ ...failed, ...remembered }];
  expect(standsStill({ ...shop, ...wish }, rollouts)).toBe(stands);
});
