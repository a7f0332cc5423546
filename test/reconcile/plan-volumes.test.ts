/** What a plan says of volumes that are written: a way back leaves them as they are by then. */
import { expect, it } from "vitest";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const newer = { environment: { MODE: "new" } };
const hint = "x-rollout.irreversible: true has a failure hold instead.";

const files = {
  api: { volume: "shop_files" },
  db: { volume: "shop_data" },
  web: { volume: "shop_files" },
  worker: {},
} as const satisfies Words;

function standing(): Standing {
  return new Standing(desire(aStack("shop", files)), nothing).end(now - 60_000).end();
}

function planOf(next: Words): Plan {
  return simulate(
    standing()
      .wish(desire(aStack("shop", next)))
      .input(now),
    digestOf,
  );
}

/** That a person reads. */
function said(plan: Plan): readonly string[] {
  return renderText(plan, { specs: {} })
    .split("\n")
    .filter((line) => line.includes("Volumes"));
}

it("names once each volume that what is new writes to, and what helps", () => {
  const plan = planOf({ ...files, api: { ...files.api, ...newer }, web: { ...files.web, ...newer } });
  expect(said(plan)).toEqual([`  Volumes do not roll back: shop_files (api, web). ${hint}`]);
  expect(renderMarkdown(plan, { specs: {} })).toContain(
    `- \`shop\`: \`Volumes do not roll back: shop_files (api, web). ${hint}\``,
  );
  expect(JSON.parse(renderJson(plan, { specs: {} }))).toMatchObject({
    volumes: [{ stack: "shop", volume: "shop_files", services: ["api", "web"], isBack: false }],
  });
});

it.each<[string, Words]>([
  ["nothing new writes to one", { ...files, worker: newer }],
  ["a replica is only made again", { ...files, worker: { replicas: 2 } }],
  ["it is new itself", { ...files, worker: { ...newer, volume: "shop_new" } }],
  ["its service holds already", { ...files, db: { ...files.db, ...newer, update: { irreversible: true } } }],
])("says nothing where %s", (_, next) => {
  expect(said(planOf(next))).toEqual([]);
});

it("says nothing of a first revision, which has no way back", () => {
  expect(said(simulate(new Standing(desire(aStack("shop", files)), nothing).input(now), digestOf))).toEqual(
    [],
  );
});

it("says on the way back that they stay", () => {
  const stands = standing();
  const [to] = stands.world.rollouts.flatMap(({ good }) => good ?? []);
  if (to === undefined) throw new Error("it never stood");
  const desired = desire(aStack("shop", { ...files, db: { ...files.db, ...newer } }));
  const updated = stands
    .wish(desired)
    .end(now)
    .end(now + 60_000);
  const stacks = desired.stacks.map((each) => ({ ...each, back: { by: "alice", since: now, to } }));
  const plan = simulate(updated.wish({ ...desired, stacks }).input(now + 60_000), digestOf);
  expect(said(plan)).toEqual(["  Volumes do not roll back, and stay as they are: shop_data (db)."]);
});
