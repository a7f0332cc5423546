/** Times of a clock that was ahead, one by one: each is as late as it can have been, and the others stay. */
import { expect, it } from "vitest";
import { setBackSince, withoutTimesAhead } from "../../src/reconcile/step/set-back.ts";
import type { StackView } from "../../src/reconcile/step/stack-view.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

type Times = Pick<ObservedContainer, "createdAt" | "startedAt" | "finishedAt" | "unreadySince">;

const { id, stack, service, slot, specHash } = aStranger();
const container: ObservedContainer = {
  ...{ id, stack, service, slot, specHash, state: "exited", monitored: true, exitCode: 1, restartStreak: 0 },
};
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const [rollout] = new Standing(desire(aStack("shop", { web: {} })), nothing).end().world.rollouts;

/** All in milliseconds after now. */
function from(times: Times): Times {
  return Object.fromEntries(Object.entries(times).map(([key, time]) => [key, now + time]));
}

function viewOf(times: Times, seenAhead: number | undefined): StackView {
  return {
    ...{ name: container.stack, containers: [{ ...container, ...from(times) }], observed: emptyWorld },
    ...{ inventory: [], outcomes: [], inFlight: [], isBusy: () => false, leaverOf: () => undefined, now },
    rollout: seenAhead === undefined || !rollout ? undefined : { ...rollout, setBackAt: now + seenAhead },
  };
}

it.each<[string, Times, number | undefined, Times]>([
  ["was made ahead", { createdAt: 5 }, undefined, { createdAt: 0 }],
  ["is unready since a time ahead", { unreadySince: 5 }, undefined, { unreadySince: 0 }],
  ["has ended ahead", { finishedAt: 5 }, undefined, { finishedAt: 0 }],
  ["has run ahead", { startedAt: 2, finishedAt: 5 }, undefined, { startedAt: -3, finishedAt: 0 }],
  ["was made now, and started ahead", { createdAt: 0, startedAt: 5 }, -10, { createdAt: 0, startedAt: -10 }],
  ["has no time ahead", { createdAt: -2, startedAt: -1 }, -10, { createdAt: -2, startedAt: -1 }],
])("of a container that %s", (_what, times, seenAhead, counted) => {
  const view = viewOf(times, seenAhead);
  expect(withoutTimesAhead(view).containers).toStrictEqual([{ ...container, ...from(counted) }]);
});

it.each<[string, Times, number | undefined, number | undefined]>([
  ["now, where nobody has seen it before", { startedAt: 5 }, undefined, 0],
  ["when it was first seen", { startedAt: 5 }, -10, -10],
  ["now, where that is ahead itself", { startedAt: 5 }, 3, 0],
  ["never, where no time is", { startedAt: 0 }, -10, undefined],
])("they are known to be ahead since %s", (_what, times, seenAhead, since) => {
  expect(setBackSince(viewOf(times, seenAhead))).toBe(since === undefined ? undefined : now + since);
});
