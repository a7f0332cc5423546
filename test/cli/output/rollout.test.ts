import { expect, it } from "vitest";
import { awaitingLines, rolloutJson, rolloutText } from "../../../src/cli/output/rollout.ts";
import { revisionId, serviceName, sourceId, stackName } from "../../../src/model/ids.ts";
import type { Rollout } from "../../../src/model/rollout.ts";
import { aStack } from "../../reconcile/build.ts";

const now = Date.parse("2026-01-31T12:00:00Z");
const rolling: Rollout = {
  stack: stackName("shop"),
  source: sourceId("dir:/stacks"),
  revision: revisionId("0123456789ab"),
  commit: "8a2f31c0d1e2f3",
  phase: "rolling",
  images: {},
  attempts: 0,
  startedAt: now - 300_000,
  replaced: [],
  progress: { [serviceName("web")]: { settled: 2, replicas: 4, since: now - 300_000, grewAt: now - 20_000 } },
};

const failure = { operation: "start x", message: "it is unhealthy" };
const good = { revision: rolling.revision, stack: aStack("shop", {}), images: {} };

it.each<[string, Partial<Rollout>, string]>([
  [
    "how far each service has come",
    {},
    "stack shop: revision 0123456789ab (8a2f31c0d1) is rolling, since 5m\n  web: 2 of 4 replicas in the new revision, came no further for 20s\n",
  ],
  ["that it stands", { phase: "done", progress: {}, good }, "stack shop: revision 0123456789ab stands\n"],
  [
    "which services have gone back by themselves",
    { phase: "rolled-back", progress: {}, good, takenBack: [serviceName("api")], failure },
    "stack shop: of revision 0123456789ab, api went back: it is unhealthy\n",
  ],
  [
    "which of them go back, and how far each has come, there or forward",
    {
      progress: { ...rolling.progress, [serviceName("api")]: { settled: 1, replicas: 2, since: now } },
      ...{ takenBack: [serviceName("api"), serviceName("site")], failure },
    },
    "stack shop: revision 0123456789ab (8a2f31c0d1) is rolling, since 5m\n  api, site go back: it is unhealthy\n  web: 2 of 4 replicas in the new revision, came no further for 20s\n  api: 1 of 2 replicas back in the old revision\n",
  ],
  [
    "what it waits for before anything starts",
    {
      ...{ phase: "preparing", progress: {} },
      missing: [
        { kind: "image", name: "web:2" },
        { kind: "container", name: "shop-db-1" },
      ],
    },
    "stack shop: revision 0123456789ab (8a2f31c0d1) is being prepared, since 5m\n  Not there yet: image web:2, container shop-db-1\n",
  ],
  [
    "nothing of that where it is there",
    { phase: "preparing", progress: {}, missing: [] },
    "stack shop: revision 0123456789ab (8a2f31c0d1) is being prepared, since 5m\n",
  ],
  [
    "what a service waits for before it starts",
    { unmet: { [serviceName("web")]: [{ service: serviceName("db"), condition: "healthy" }] } },
    "stack shop: revision 0123456789ab (8a2f31c0d1) is rolling, since 5m\n  web: 2 of 4 replicas in the new revision, came no further for 20s\n  web of shop starts when db is healthy.\n",
  ],
  [
    "why it is held, and not what was missing",
    { phase: "failed", progress: {}, failure, missing: [{ kind: "image", name: "web:2" }] },
    "stack shop: revision 0123456789ab is held: it is unhealthy\n",
  ],
  [
    "why it is held",
    { phase: "failed", progress: {}, failure: { operation: "pull x", message: "no \u001b[2Jroute" } },
    "stack shop: revision 0123456789ab is held: no ?[2Jroute\n",
  ],
])("the status of a rollout says %s", (_, change, text) => {
  expect(rolloutText({ ...rolling, ...change }, { holds: [], now })).toBe(text);
});

it.each([
  ["somebody", undefined, ": `tallyman rollout promote shop/web` lets it go on."],
  [
    "a time",
    now + 5_000,
    ". It promotes itself in 5.00s, with whoever reconciles then; `tallyman rollout promote shop/web` lets it go on at once.",
  ],
  [
    "whoever reconciles",
    now,
    ". It promotes itself with whoever reconciles next; `tallyman rollout promote shop/web` lets it go on at once.",
  ],
])("a canary waits for %s", (_, at, text) => {
  const web = serviceName("web");
  const waiting = { ...rolling, awaiting: [web], ...(at !== undefined && { promotesAt: { [web]: at } }) };
  const lines = awaitingLines(waiting, now).map((line) => line.replace(/`\S*tallyman /, "`tallyman "));
  expect(lines).toEqual([`  web waits after its first new replicas${text}`]);
});

it("the status of a rollout says who holds it", () => {
  const holds = [{ kind: "pause", stack: rolling.stack, by: "alice", since: now } as const];
  expect(rolloutText(rolling, { holds, now })).toMatch(
    /\npaused: stack shop by alice since 2026-01-31T12:00:00Z\n$/,
  );
  expect(JSON.parse(rolloutJson(rolling, { holds, now }))).toMatchObject({
    phase: "rolling",
    takenBack: [],
    takenBackFor: {},
    services: [{ name: "web", settled: 2, replicas: 4 }],
    holds: [{ kind: "pause", by: "alice", reason: null }],
  });
});

it("programs are told what is missing, and what a service waits for", () => {
  const [web, db] = [serviceName("web"), serviceName("db")];
  const waits = [{ service: db, condition: "completed" }] as const;
  const missing = [{ kind: "image", name: "web:2" }] as const;
  const told = (rollout: Rollout): unknown => JSON.parse(rolloutJson(rollout, { holds: [], now }));
  expect(told({ ...rolling, unmet: { [web]: waits }, missing })).toMatchObject({
    missing,
    services: [{ name: "web", waitsFor: waits }],
  });
  expect(told(rolling)).toMatchObject({ missing: [], services: [{ name: "web", waitsFor: [] }] });
});
