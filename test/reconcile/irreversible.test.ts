/** What `irreversible` says of a failure, from the text of a file to what comes of it. */
import { describe, expect, test } from "vitest";
import { loadText } from "../stack/support/load-text.ts";
import { timeOfRun } from "../../src/model/run-slot.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { type Fate, Standing } from "./rounds.ts";

describe("where a new replica fails, its stack", () => {
  test.each<[string, string, string, string]>([
    ["goes back", "{}", "", "rolled-back"],
    ["is held, where it is irreversible", "{irreversible: true}", "", "failed"],
    [
      "also where the failure is to take it back",
      "{irreversible: true}",
      "failure_action: rollback",
      "failed",
    ],
    ["also where it is to pause", "{irreversible: true}", "failure_action: pause", "failed"],
    ["goes on where no failure matters", "{irreversible: true}", "failure_action: continue", "rolling"],
  ])("%s", async (_, rollout, config, phase) => {
    const { world } = await failing(`
x-rollout: ${rollout}
services:
  db: {image: "db:VERSION", deploy: {replicas: 2, update_config: {${config}}}}`);
    expect(world.rollouts).toMatchObject([{ phase }]);
  });
});

describe("where another service fails after it, its stack", () => {
  test.each<[string, string, string, string]>([
    ["goes back", "", "rolled-back", "api:1"],
    ["is held once it has run: what it wrote stays", "x-rollout: {irreversible: true}", "failed", "api:2"],
    [
      "also where no failure of its own matters",
      "x-rollout: {irreversible: true}, deploy: {update_config: {failure_action: continue}}",
      ...(["failed", "api:2"] as const),
    ],
  ])("%s", async (_, words, phase, image) => {
    const { world, images } = await failing(`
services:
  api: {image: "api:VERSION", ${words}}
  db: {image: "db:VERSION", depends_on: [api]}`);
    expect(world.rollouts).toMatchObject([{ phase }]);
    const running = world.observed.containers.filter(({ state }) => state === "running");
    expect(running.map(({ id }) => images.get(id)).toSorted()).toEqual([image, "db:1"]);
  });

  test("goes back where it has not run yet, or does not change", async () => {
    for (const words of [`image: "api:VERSION", depends_on: [db]`, `image: "api:1"`]) {
      const { world } = await failing(`
services:
  api: {${words}, x-rollout: {irreversible: true}}
  db: {image: "db:VERSION"}`);
      expect(world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    }
  });
});

test("a run of a schedule that is kept from a revision before the good one holds no stack", () => {
  const update = { irreversible: true } as const;
  const wish = (version: number): Standing["desired"] => {
    const backup = { image: `backup:${Math.min(version, 2)}`, schedule: {}, update };
    return desire(aStack("shop", { backup, db: { image: `db:${version}` } }));
  };
  const past: Fate = ({ startedAt = now, slot }) =>
    timeOfRun(slot) === undefined ? undefined : { state: "exited", exitCode: 0, finishedAt: startedAt };
  const hour = 3_600_000;
  const first = new Standing(wish(1), nothing)
    .fated(past)
    .end()
    .end(now + hour)
    .end(now + hour + 1_000);
  const second = first
    .wish(wish(2))
    .end(now + hour + 60_000)
    .end(now + hour + 120_000);
  expect(second.world.observed.containers.map(({ id }) => second.images.get(id))).toEqual([
    "backup:1",
    "db:2",
  ]);
  const failed = second
    .wish(wish(3))
    .fated((_, image) => (image === "db:3" ? { health: "unhealthy" } : undefined));
  expect(failed.end(now + hour + 180_000).world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

/** The first version stands, and each replica of the second one ends at once, again and again. */
async function failing(text: string): Promise<Standing> {
  const [before, after] = await Promise.all(["1", "2"].map((version) => wished(text, version)));
  if (before === undefined || after === undefined) throw new Error("there are two");
  const stands = new Standing(before, nothing).end();
  return stands.wish(after).fated(crashes).end();
}

const crashes: Fate = ({ startedAt }, image) =>
  image === "db:2"
    ? { state: "exited", exitCode: 1, restartStreak: 3, ...(startedAt && { finishedAt: startedAt }) }
    : undefined;

async function wished(text: string, version: string): Promise<Standing["desired"]> {
  const { stack, diagnostics } = await loadText(text.replaceAll("VERSION", version));
  if (stack === undefined) throw new Error(JSON.stringify(diagnostics));
  return desire(stack);
}
