/** Whatever somebody says by hand, and whenever: it is as was said, and once nobody says anything it converges. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired, DesiredStack } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const version = fc.constantFrom("busybox:1", "busybox:2", "busybox:3");
const order = fc.constantFrom("start-first" as const, "stop-first" as const);
const files = fc.record({
  web: fc.record({
    image: version,
    order,
    replicas: fc.integer({ min: 1, max: 4 }),
    port: fc.constantFrom(80, 81),
    needsDb: fc.boolean(),
  }),
  db: fc.option(fc.record({ image: version }), { nil: undefined }),
});

type Said = Pick<DesiredStack, "suspended" | "paused" | "stopped">;
const by = { by: "alice", since: now };
const said = fc.constantFrom<Said>(
  {},
  { suspended: by },
  { paused: by },
  { stopped: [by] },
  { stopped: [{ ...by, service: serviceName("web") }] },
  { suspended: by, stopped: [{ ...by, service: serviceName("db") }] },
);
/** What is said from then on, and how many rounds that lasts. */
const lives = fc.array(fc.record({ files, said, rounds: fc.nat({ max: 12 }) }), { maxLength: 6 });

/** Longer than a hundred runs take on a machine ten times slower. */
const slow = { timeout: 300_000 };

it("what was held goes on to what the files say, and the plan is then empty", slow, () => {
  fc.assert(
    fc.property(lives, files, (life, last) => {
      const end = lived(life)
        .wish(wish(last, {}))
        .end(later)
        .end(later + minute);
      const fresh = new Standing(wish(last, {}), nothing).end();
      expect(describeWorld(end)).toEqual(describeWorld(fresh));
      expect(new Set(places(end)).size).toBe(places(end).length);
      expect(simulate(end.input(later + minute), digestOf).operations).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

it("what is suspended makes, replaces and takes away nothing", slow, () => {
  fc.assert(
    fc.property(lives, files, (life, next) => {
      const before = lived(life);
      const held = before.wish(wish(next, { suspended: by })).end(later);
      const ids = (each: Standing): readonly string[] => each.world.observed.containers.map(({ id }) => id);
      expect(ids(held)).toEqual(ids(before));
      expect(running(held)).toEqual(expect.arrayContaining([...running(before)]));
    }),
    { numRuns: 150 },
  );
});

it("what is stopped does not run, and keeps its containers", slow, () => {
  fc.assert(
    fc.property(lives, files, (life, next) => {
      const before = lived(life);
      const held = before.wish(wish(next, { stopped: [by] })).end(later);
      const names = new Set(Object.keys(servicesOf(next)));
      expect(running(held)).toEqual([]);
      expect(held.world.observed.containers.length).toBeGreaterThanOrEqual(
        before.world.observed.containers.filter(({ service }) => names.has(service)).length,
      );
      expect(held.world.observed.routes.flatMap(({ backends }) => backends)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

const minute = 60_000;
const later = now + minute;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

type Files = typeof files extends fc.Arbitrary<infer Value> ? Value : never;
type Life = typeof lives extends fc.Arbitrary<infer Value> ? Value : never;

function servicesOf({ web: { needsDb, ...web }, db }: Files): Readonly<Record<string, ServiceWords>> {
  const dependsOn = needsDb && db !== undefined ? { db: "started" as const } : {};
  return { web: { ...web, dependsOn }, ...(db && { db }) };
}

function wish(written: Files, hand: Said): Desired {
  const { stacks, ...rest } = desire(aStack("shop", servicesOf(written)));
  return { ...rest, stacks: stacks.map((each) => ({ ...each, ...hand })) };
}

/** A stack after all of this was said of it, some of it in the middle of what came before. */
function lived(life: Life): Standing {
  const first = new Standing(wish({ web: webOf(life), db: undefined }, {}), nothing).end();
  return life.reduce((world, { files, said, rounds }) => {
    const all = [...world.wish(wish(files, said)).rounds()];
    return all[Math.min(rounds, all.length - 1)] ?? world;
  }, first);
}

function webOf([first]: Life): Files["web"] {
  return (
    first?.files.web ?? { image: "busybox:1", order: "stop-first", replicas: 2, port: 80, needsDb: false }
  );
}

/** Whichever slots they are in: those of what stayed are not always the first. */
function describeWorld({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .map(({ id, service, state }) => `${service} ${state} ${images.get(id)}`)
    .sort();
}

function places({ world }: Standing): readonly string[] {
  return world.observed.containers.map(({ service, slot }) => `${service} ${slot}`);
}

function running({ world }: Standing): readonly string[] {
  return world.observed.containers.filter(({ state }) => state === "running").map(({ id }) => id);
}
