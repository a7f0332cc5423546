/** When a stack that comes no further has failed: none of its services, while any of them has its time. */
import { describe, expect, it } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import type { Unmet } from "../../src/model/rollout.ts";
import { stalled, stallsAt } from "../../src/reconcile/step/progress.ts";
import { viewServices } from "../../src/reconcile/step/service-view.ts";
import { aStack, aStranger, emptyWorld, now } from "./build.ts";

const minute = 60_000;

/** Each service waits for at most so many minutes; it is settled, or somebody is waited for. */
interface Row {
  readonly minutes: number;
  readonly settled?: true;
  readonly isAwaiting?: true;
  readonly unmet?: readonly Unmet[];
}

function asked(rows: Readonly<Record<string, Row>>, cameAlong: number): Parameters<typeof stalled> {
  const words = Object.entries(rows).map(([name, { minutes }]) => {
    return [name, { update: { progressDeadlineMs: minutes * minute } }] as const;
  });
  const { services } = aStack("shop", Object.fromEntries(words));
  const view = {
    ...{ name: aStranger().stack, containers: [], observed: emptyWorld, inventory: [], rollout: undefined },
    ...{ outcomes: [], inFlight: [], isBusy: () => false, leaverOf: () => undefined, now },
  };
  const found = viewServices(services, { imageOf: () => undefined, view }).map((each) => {
    const { settled = false, isAwaiting = false, unmet = [] } = rows[each.service.name] ?? {};
    return { each, settled, isAwaiting, unmet, settledSlots: 0 };
  });
  const progress: Parameters<typeof stalled>[0] = Object.fromEntries(
    Object.keys(rows).map((name) => [name, { settled: 0, since: now - cameAlong * minute }]),
  );
  return [progress, found, view];
}

describe("of services that last came along five minutes ago", () => {
  it.each<[string, Readonly<Record<string, Row>>, string | undefined, number | undefined]>([
    ["one that has ten has five left", { web: { minutes: 10 } }, undefined, 5],
    ["one that has five comes no further", { web: { minutes: 5 } }, "web", undefined],
    ["the one with less time counts", { db: { minutes: 20 }, web: { minutes: 10 } }, undefined, 5],
    [
      "one that is settled waits for nothing",
      { db: { minutes: 1, settled: true }, web: { minutes: 10 } },
      undefined,
      5,
    ],
    ["none waits where all are settled", { db: { minutes: 10, settled: true } }, undefined, undefined],
    [
      "all have time while somebody is waited for",
      { db: { minutes: 10, isAwaiting: true }, web: { minutes: 10 } },
      undefined,
      undefined,
    ],
  ])("%s", (_, rows, late, left) => {
    expect(stalled(...asked(rows, 5))?.each.service.name).toBe(late);
    expect(stallsAt(...asked(rows, 5))).toBe(left === undefined ? undefined : now + left * minute);
  });
});

const db = serviceName("db");
it.each<[readonly Unmet[], string]>([
  [[], "`tallyman events` tells what happened to its replicas."],
  [[{ service: db, condition: "started" }], "It starts when db runs."],
  [
    [
      { service: db, condition: "healthy" },
      { service: serviceName("migrate"), condition: "completed" },
    ],
    "It starts when db is healthy and migrate has completed.",
  ],
])("one that comes no further and waits for %j is told so", (unmet, hint) => {
  expect(stalled(...asked({ web: { minutes: 5, unmet } }, 5))?.failure.hint).toBe(hint);
});
