/** What a plan says of volumes that are written: a way back leaves them as they are by then. */
import { expect, it } from "vitest";
import type { Mount } from "../../src/model/container-spec.ts";
import { serviceName } from "../../src/model/ids.ts";
import type { Stack } from "../../src/model/stack.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { writtenBy, type WrittenVolume } from "../../src/reconcile/plan/written-volumes.ts";
import type { Desired } from "../../src/reconcile/types.ts";
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

it.each<[string, Mount, readonly WrittenVolume[]]>([
  ["a volume", onVolume("data"), [{ volume: "data", services: ["web"] }]],
  ["nothing to a volume that it may only read", { ...onVolume("data"), readOnly: true }, []],
  ["nothing that is known by a name to an anonymous one", onVolume(), []],
  [
    "no volume with a folder of the host",
    { kind: "bind", source: "/srv", target: "/data", readOnly: false, createSource: false },
    [],
  ],
])("a service that mounts it writes to %s", (_, mount, volumes) => {
  const [web] = aStack("shop", { web: {} }).services;
  if (web === undefined) throw new Error("there is one");
  expect(writtenBy([{ ...web, container: { ...web.container, mounts: [mount] } }])).toEqual(volumes);
});

it("what prepares the start of a service writes for it", () => {
  const services = aStack("shop", { a: { volume: "data" }, b: { volume: "data" }, web: {} }).services;
  const hooked = services.map((each) =>
    each.name === "a" ? { ...each, prepares: serviceName("web"), job: true as const } : each,
  );
  expect(writtenBy(hooked)).toEqual([{ volume: "data", services: ["b", "web"] }]);
});

it("names once each volume that what is new writes to, and what helps", () => {
  const plan = planOf({ ...files, api: { ...files.api, ...newer }, web: { ...files.web, ...newer } });
  expect(said(plan)).toEqual([`  Volumes do not roll back: shop_files (api, web). ${hint}`]);
  expect(renderText(plan, { specs: {}, paint: (tone, text) => `{${tone} ${text}}` })).toContain(
    `{quiet   Volumes do not roll back: shop_files (api, web). ${hint}}`,
  );
  expect(renderMarkdown(plan, { specs: {} })).toContain(
    `- \`shop\`: \`Volumes do not roll back: shop_files (api, web). ${hint}\``,
  );
  expect(JSON.parse(renderJson(plan, { specs: {} }))).toMatchObject({
    volumes: [{ stack: "shop", volume: "shop_files", services: ["api", "web"], isBack: false }],
  });
});

it("names them in their order, with what is a new service, or has another volume than before", () => {
  const { api, db, web, worker } = files;
  expect(said(planOf({ ...files, api: { ...api, ...newer }, db: { ...db, ...newer } }))).toEqual([
    `  Volumes do not roll back: shop_data (db), shop_files (api). ${hint}`,
  ]);
  expect(said(planOf({ ...files, db: { ...db, ...newer }, web: { ...web, ...newer } }))).toEqual([
    `  Volumes do not roll back: shop_data (db), shop_files (web). ${hint}`,
  ]);
  expect(said(planOf({ ...files, added: { volume: "shop_data" } }))).toEqual([
    `  Volumes do not roll back: shop_data (added). ${hint}`,
  ]);
  expect(said(planOf({ api, db: { volume: "shop_files" }, web, worker }))).toEqual([
    `  Volumes do not roll back: shop_files (db). ${hint}`,
  ]);
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

it("says nothing of a revision after a first one that never stood", () => {
  const first = new Standing(desire(aStack("shop", files)), nothing).until(({ world }) =>
    world.observed.containers.some(({ state }) => state === "running"),
  );
  const next = first.wish(desire(aStack("shop", { ...files, db: { ...files.db, ...newer } })));
  expect(next.world.rollouts).toMatchObject([{ stack: "shop" }]);
  expect(said(simulate(next.input(now), digestOf))).toEqual([]);
});

it("says of each stack what is new in it, whatever becomes of the others", () => {
  const shop = (words: ServiceWords): Stack => aStack("shop", { db: { volume: "shop_data", ...words } });
  const blog = (words: ServiceWords): Stack => aStack("blog", { db: { volume: "blog_data" }, web: words });
  const stands = new Standing(desire(blog({}), shop({})), nothing).end(now - 60_000).end();
  const of = (...stacks: readonly Stack[]): readonly string[] =>
    said(simulate(stands.wish(desire(...stacks)).input(now), digestOf));
  const line = `  Volumes do not roll back: shop_data (db). ${hint}`;
  expect(of(blog(newer), shop(newer))).toEqual([line]);
  expect(of(aStack("new", { db: { volume: "shop_data" } }), blog(newer), shop(newer))).toEqual([line]);
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

it("says on the way back that what failed has written stays, beside another stack that goes on", () => {
  const db = { volume: "shop_data", probed: true, order: "start-first" } as const;
  const wish = (ofBlog: ServiceWords, ofShop: ServiceWords): Desired => {
    const blog = aStack("blog", { db: { volume: "blog_data", ...ofBlog } });
    return desire(blog, aStack("shop", { db: { ...db, ...ofShop } }));
  };
  const stands = new Standing(wish({}, {}), nothing)
    .fated(() => ({ health: "healthy" }))
    .end(now - 60_000)
    .end();
  const known = new Set(stands.world.observed.containers.map(({ id }) => id));
  const failed = stands
    .fated(({ id }) => ({ health: known.has(id) ? "healthy" : "unhealthy" }))
    .wish(wish({}, newer))
    .until(({ world }) => world.rollouts.some(({ phase }) => phase === "rolling-back"));
  expect(said(simulate(failed.wish(wish(newer, newer)).input(now), digestOf))).toEqual([
    `  Volumes do not roll back: blog_data (db). ${hint}`,
    "  Volumes do not roll back, and stay as they are: shop_data (db).",
  ]);
});

/** Anonymous where it has no name. */
function onVolume(volume?: string): Extract<Mount, { readonly kind: "volume" }> {
  const mount = { kind: "volume", target: "/data", readOnly: false, noCopy: false } as const;
  return { ...mount, ...(volume !== undefined && { volume }) };
}
