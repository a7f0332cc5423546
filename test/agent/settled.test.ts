import { describe, expect, test } from "vitest";
import { goneBack, ill, rolloutsOf, whenReady } from "../../src/agent/settled.ts";
import { serviceName } from "../../src/model/ids.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "../reconcile/build.ts";
import { drive } from "../reconcile/drive.ts";

const update = { healthyDeadlineMs: 60_000 };
const desired = desire(aStack("shop", { web: { probed: true, update } }));
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const { observed, rollouts } = drive(desired, nothing, { choose: () => 0 });

const isWaitedFor = now + 60_000;
const nobodyWaits = true;

describe("a run that waits for its containers, and says which are not well", () => {
  test.each<[string, Partial<ObservedContainer>, true | number, number]>([
    ["is healthy", { health: "healthy" }, nobodyWaits, 0],
    ["is starting", { health: "starting" }, isWaitedFor, 0],
    ["has been starting for longer than it may", { health: "starting", startedAt: 0 }, nobodyWaits, 1],
    ["is unhealthy", { health: "unhealthy" }, nobodyWaits, 1],
    ["was ready and is no more", { health: "unready", unreadySince: now }, nobodyWaits, 1],
    ["has ended", { state: "exited", health: "unhealthy" }, nobodyWaits, 0],
  ])("where one %s", (_, changes, ready, unwell) => {
    const containers = observed.containers.map((each) => ({ ...each, startedAt: now, ...changes }));
    const pass = { observed: { ...observed, containers }, rollouts, pending: [] };
    expect(whenReady(pass, desired, now)).toBe(ready);
    expect(ill(pass, desired, now)).toHaveLength(unwell);
  });
});

test("what went back alone is told of also where the rest waits for somebody, who is not waited for", () => {
  const waits = rollouts.map((each) => ({
    ...{ ...each, phase: "rolling" as const, awaiting: [serviceName("web")] },
    takenBack: [serviceName("api")],
  }));
  const pass = { observed, rollouts: waits, pending: [] };
  expect(goneBack(pass, desired)).toEqual(waits);
  expect(rolloutsOf(pass, desired)).toEqual([]);
  expect(goneBack({ ...pass, rollouts }, desired)).toEqual([]);
});
