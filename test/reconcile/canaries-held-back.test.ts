/** How many replicas of a service are its canaries, and whether others wait behind them. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Service, UpdatePolicy } from "../../src/model/stack.ts";
import { canariesOf, type Canary, canaryOf } from "../../src/reconcile/step/canary.ts";
import type { SlotState } from "../../src/reconcile/step/turns.ts";
import { waitsForSomebody } from "../../src/reconcile/step/waits-for-somebody.ts";
import { serviceName } from "../../src/model/ids.ts";
import { aStack, now } from "./build.ts";

function web(update: UpdatePolicy): Service {
  const [service] = aStack("shop", { web: { replicas: 3, update } }).services;
  if (service === undefined) throw new Error("there is one");
  return service;
}

const updated = {
  ...{ isOutdated: false, isVacated: false, isBegun: false, isDouble: false },
  ...{ isSettled: true, isReady: true, settledBy: [] },
};
const waiting = { ...updated, isOutdated: true, isSettled: false };
const ended = { ...waiting, isOutdated: false, isVacated: true };
const begun = { ...waiting, isBegun: true };

it.each<[string, UpdatePolicy, number]>([
  ["none is named", {}, 0],
  ["fewer are named than there are", { canary: { count: 2 } }, 2],
  ["all would be", { canary: { count: 3 } }, 0],
])("as many replicas are canaries as are named, and none where %s", (_, update, canaries) => {
  expect(canariesOf(web(update))).toBe(canaries);
});

describe("behind its one canary", () => {
  const nobody: Canary = { slots: Infinity, isAwaiting: false, isPromoted: false };
  const promoting: Canary = { slots: 1, isAwaiting: true, isPromoted: false };
  const first: Canary = { slots: 1, isAwaiting: false, isPromoted: false };

  it.each<[string, readonly Omit<SlotState, "slot" | "position">[], Canary]>([
    ["the others wait to be promoted when it stands", [updated, waiting, waiting], promoting],
    ["so does what has ended by itself", [updated, updated, ended], promoting],
    ["nobody is promoted before it stands", [begun, waiting, waiting], first],
    ["nobody waits when all are updated", [updated, updated, updated], nobody],
    ["nobody waits where the others have had their turn", [updated, begun, begun], nobody],
    ["nobody waits where it is the last one to be updated", [waiting, updated, updated], nobody],
  ])("%s", (_, slots, canary) => {
    const states = slots.map((state, index) => ({ ...state, slot: index + 1, position: index + 1 }));
    const service = web({ canary: { count: 1 } });
    expect(canaryOf(service, { states, progress: {}, now })).toEqual(canary);
  });
});

it.each<[string, readonly string[], boolean]>([
  ["goes on by itself where all that wait promote themselves", ["web", "api"], false],
  ["goes on by itself where one of them does", ["web"], false],
  ["waits for somebody where none does", [], true],
])("a rollout with canaries of two services %s", (_, promoting, isWaiting) => {
  const awaiting = ["web", "api"].map(serviceName);
  const promotesAt = Object.fromEntries(promoting.map((name) => [name, now]));
  expect(waitsForSomebody({ awaiting, promotesAt } as unknown as Rollout)).toBe(isWaiting);
});
