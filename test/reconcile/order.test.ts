import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };

function standing(words: Words): Drive {
  return drive(desire(aStack("shop", words)), nothing, { choose: (below) => (below === 100 ? 99 : 0) });
}

/** The plan a minute after these services were started. */
function planned(from: Words, to: Words): Plan {
  return simulate({ ...anInput(desire(aStack("shop", to)), standing(from)), now: now + 60_000 }, digestOf);
}

function planText(from: Words, to: Words): string {
  return renderText(planned(from, to), { specs: {} });
}

/** What the plan does to running services, in order: `stop db`. */
function trajectory(from: Words, to: Words): readonly string[] {
  return planned(from, to).operations.flatMap(({ operation }) =>
    operation.kind === "stop" || operation.kind === "start" ? [said(operation)] : [],
  );
}

function said(operation: Operation): string {
  return "container" in operation ? `${operation.kind} ${operation.container.service}` : operation.kind;
}

/** All of these with another environment. */
function changed(words: Words, which: readonly string[] = Object.keys(words)): Words {
  return Object.fromEntries(
    Object.entries(words).map(([name, each]) => [
      name,
      which.includes(name) ? { ...each, environment: { MODE: "new" } } : each,
    ]),
  );
}

describe("an update of services that depend on each other", () => {
  const shop: Words = {
    api: { dependsOn: { db: "started" }, replicas: 2, port: 8001 },
    db: { volume: "shop_data" },
    web: { dependsOn: { api: "started" }, port: 8002 },
  };

  it("replaces one service after the other, what others depend on first", async () => {
    await expect(planText(shop, changed(shop))).toMatchFileSnapshot("golden/dependency-order.txt");
  });

  it("waits for what is further away, too, when what is between stays as it is", () => {
    expect(trajectory(shop, changed(shop, ["db", "web"]))).toEqual([
      "stop db",
      "start db",
      "start web",
      "stop web",
    ]);
  });

  it("rolls services side by side that do not depend on each other", () => {
    const pair: Words = { one: {}, two: {} };
    expect(trajectory(pair, changed(pair))).toEqual(["stop one", "stop two", "start one", "start two"]);
  });

  it("runs a new job to its end before what it prepares is replaced", () => {
    const before: Words = { web: {} };
    const after: Words = { web: { image: "busybox:2", dependsOn: { migrate: "completed" } }, migrate: {} };
    expect(trajectory(before, after)).toEqual(["start migrate", "stop web", "start web"]);
  });

  it("touches nothing after a service that failed", () => {
    const before = standing(shop);
    const touched = new Set<string>();
    const end = drive(desire(aStack("shop", changed(shop))), before, {
      choose: () => 0,
      fails: (operation) => said(operation) === "start api",
      onApply: (operation) => {
        if (["leave", "stop", "start"].includes(operation.kind)) touched.add(said(operation));
      },
    });
    expect([...touched]).not.toContain("start web");
    expect([...touched]).not.toContain("leave web");
    const web = ({ service }: { readonly service: string }): boolean => service === "web";
    expect(end.observed.containers.filter(web)).toEqual(before.observed.containers.filter(web));
  });

  it.each(["started", "healthy"] as const)(
    "is not held by what was ill before (%s): it may be what mends it",
    (condition) => {
      const pair: Words = { db: { probed: true }, web: { dependsOn: { db: condition } } };
      const before = new Standing(desire(aStack("shop", pair)), nothing).end().end(now + 60_000);
      const ill = before
        .change(({ service }) => (service === "db" ? { health: "unhealthy" } : {}))
        .fated(({ service }) => (service === "db" ? { health: "unhealthy" } : undefined))
        .wish(desire(aStack("shop", changed(pair, ["web"]))));
      const [web] = before.world.observed.containers.filter(({ service }) => service === "web");
      expect(ill.end(now + 60_000).world.observed.containers.map(({ id }) => id)).not.toContain(web?.id);
    },
  );
});

describe("a service with `restart: true` for one that it depends on", () => {
  const shop: Words = {
    api: { dependsOn: { db: "started" }, restartsWith: ["db"], replicas: 2, port: 8001 },
    db: {},
    mail: { dependsOn: { db: "started" } },
    web: { dependsOn: { api: "started" }, restartsWith: ["api"] },
  };

  it("is restarted when that one was replaced, one replica at a time, and then those with it", async () => {
    await expect(planText(shop, changed(shop, ["db"]))).toMatchFileSnapshot("golden/restarts-with.txt");
  });

  it("is restarted once, after those between that are restarted with it", () => {
    const between: Words = {
      api: { dependsOn: { db: "started" }, restartsWith: ["db"], replicas: 2 },
      db: {},
      web: { dependsOn: { api: "started", db: "started" }, restartsWith: ["api", "db"] },
    };
    expect(trajectory(between, changed(between, ["db"])).filter((each) => each.startsWith("start"))).toEqual([
      "start db",
      "start api",
      "start api",
      "start web",
    ]);
  });

  it("is restarted once where it is replaced itself", () => {
    const starts = trajectory(shop, changed(shop, ["api", "db"])).filter((each) => each === "start api");
    expect(starts).toEqual(["start api", "start api"]);
  });

  it("is left alone when that one is scaled up, or has ended and was started again", () => {
    const scaled = { ...shop, db: { replicas: 2 } };
    expect(trajectory(shop, scaled)).toEqual(["start db"]);
    const world = ended(standing(shop), { restartStreak: 1, startedAt: now + 30_000 });
    expect(stepped(world, now + 60_000)).toEqual([]);
  });

  it("is restarted when we have restarted that one", () => {
    const world = ended(standing(shop), { restartStreak: 0, startedAt: now + 30_000 });
    expect(stepped(world, now + 60_000)).toEqual(["leave api"]);
  });

  it("runs again, whatever its exit code and policy, where the agent died or another commit came in between", () => {
    const words: Words = { db: {}, web: { dependsOn: { db: "started" }, restartsWith: ["db"] } };
    const renewed = ended(standing(words), { restartStreak: 0, startedAt: now + 30_000 });
    const at = now + 60_000;
    const desired = desire(aStack("shop", words));
    const { rollouts, operations } = step(anInput(desired, { ...renewed, now: at }));
    expect(operations.map(said)).toEqual(["stop web"]);
    const containers = renewed.observed.containers.map((each) =>
      each.service === "web" ? { ...each, state: "exited" as const, exitCode: 0, finishedAt: at } : each,
    );
    const stopped = { ...renewed, rollouts, observed: { ...renewed.observed, containers } };
    expect(step(anInput(desired, { ...stopped, now: at })).operations.map(said)).toEqual(["start web"]);
    const other = desire(aStack("shop", { ...words, cron: {} }));
    const starts = simulate({ ...anInput(other), ...stopped, now: at }, digestOf).operations.map(
      ({ operation }) => said(operation),
    );
    expect(starts).toContain("start web");
  });

  function stepped(world: Drive, at: number): readonly string[] {
    return step(anInput(desire(aStack("shop", shop)), { ...world, now: at })).operations.map(said);
  }

  /** The database had another start since. */
  function ended(world: Drive, changes: Partial<ObservedContainer>): Drive {
    const containers = world.observed.containers.map((each) =>
      each.service === "db" ? { ...each, ...changes } : each,
    );
    return { ...world, observed: { ...world.observed, containers } };
  }
});

describe("an update that another one overtakes while its containers are stopped", () => {
  it("starts them again where they are wanted again, though they ended well", () => {
    const words: Words = { db: { volume: "data" } };
    const isStopped = ({ world }: Standing): boolean =>
      world.observed.containers.some(({ state }) => state === "exited");
    const midway = new Standing(desire(aStack("shop", changed(words))), standing(words))
      .until(isStopped)
      .change(({ state }) => (state === "exited" ? { exitCode: 0 } : {}));
    const overtaken = midway.wish(desire(aStack("shop", words)));
    const back = simulate(overtaken.input(now), digestOf).operations.map(({ operation }) => said(operation));
    expect(back).toContain("start db");
  });
});
