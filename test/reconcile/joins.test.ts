/** Services on the namespaces of another one of their stack: they come after it, and go before it. */
import { describe, expect, it, test } from "vitest";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const vpn = { restart: { condition: "any" } } as const;
const before: Words = { app: { joins: "vpn", replicas: 2 }, vpn, web: { port: 80 } };
const other = { environment: { MODE: "new" } };

describe("the plan", () => {
  test.each<[string, Words, Words, string]>([
    ["to make them makes and starts the one that is shared first", {}, before, "join-new"],
    [
      "to replace the one that is shared replaces all of them with it",
      before,
      { ...before, vpn: { ...vpn, ...other } },
      "join-shared-replaced",
    ],
    [
      "to replace one that shares leaves the one that is shared alone",
      before,
      { ...before, app: { joins: "vpn", replicas: 2, ...other } },
      "join-sharer-replaced",
    ],
    [
      "to share those of another one replaces them alone",
      before,
      { ...before, app: { joins: "web", replicas: 2 } },
      "join-other",
    ],
    [
      "to have one less of them, and another shared one, waits for none that goes anyway",
      before,
      { ...before, app: { joins: "vpn", replicas: 1 }, vpn: { ...vpn, ...other } },
      "join-fewer",
    ],
  ])("%s", async (_, from, to, golden) => {
    const plan = simulate(
      standing(from)
        .wish(desire(aStack("shop", to)))
        .input(now),
      digestOf,
    );
    await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot(`golden/${golden}.txt`);
  });
});

describe("what ends", () => {
  const ended = { state: "exited", exitCode: 1, finishedAt: now } as const;
  test.each<[string, readonly string[], readonly string[]]>([
    ["of those that share is started again", ["app 1"], ["start app 1"]],
    ["with the one that is shared waits for it", ["app 1", "vpn 1"], ["start vpn 1"]],
    ["of the shared one alone is started again, and those that share it stay", ["vpn 1"], ["start vpn 1"]],
  ])("%s", (_, gone, operations) => {
    const world = standing(before).change((one) => (gone.includes(nameOf(one)) ? ended : {}));
    expect(said(world)).toEqual(operations);
  });
});

it("what shares is not made while the one that is shared is half made", () => {
  const isHalf = { state: "incomplete", startedAt: undefined as never } as const;
  const world = standing(before)
    .without(({ service }) => service === "app")
    .change(({ service }) => (service === "vpn" ? isHalf : {}));
  expect(said(world)).toEqual(["create vpn 1"]);
});

describe("one that shares, and has crashed,", () => {
  const words = (version: number): Words => ({
    app: { joins: "vpn", dependsOn: { db: "started" }, environment: { MODE: `${version}` } },
    db: { probed: true, image: `db:${version}` },
    vpn,
  });

  it("runs again until its turn comes, where what else it depends on is on its way and the shared one stays", () => {
    const stands = standing(words(1));
    const waits = stands
      .fated((_, image) => (image === "db:2" ? { health: "starting" } : undefined))
      .wish(desire(aStack("shop", words(2))))
      .end(now)
      .change(({ service, state }) =>
        service === "app" && state === "running" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
      )
      .end(now);
    const runs = ({ world }: Standing): readonly string[] =>
      world.observed.containers
        .filter(({ service, state }) => service === "app" && state === "running")
        .map(({ id }) => id);
    expect(runs(waits)).toEqual(runs(stands));
    const goesOn = waits.fated(() => undefined).change(() => ({ health: "healthy" }));
    expect(runs(goesOn.end(now))).not.toEqual(runs(stands));
  });
});

describe("those that share the namespaces of one that is to be replaced", () => {
  type Change = (desired: Desired) => Desired;
  const asItIs: Change = (desired) => desired;
  const pausedNow: Change = (desired) => ({
    ...desired,
    stacks: desired.stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } })),
  });
  const revision = (isNew: readonly string[]): Desired => {
    const version = (name: string): string => `${name}:${isNew.includes(name) ? 2 : 1}`;
    return desire(
      aStack("shop", {
        app: { joins: "vpn", image: version("app"), replicas: 2 },
        db: { probed: true, image: version("db") },
        vpn: { ...vpn, dependsOn: { db: "started" }, image: version("vpn") },
      }),
    );
  };
  const running = ({ world, images }: Standing): readonly (string | undefined)[] =>
    world.observed.containers
      .filter(({ service, state }) => service !== "db" && state === "running")
      .map(({ id }) => images.get(id))
      .sort();

  test.each<[string, readonly string[], Change, string]>([
    ["that waits for what it depends on", ["db", "vpn"], asItIs, "db:2"],
    ["that waits for what it depends on, and are new themselves", ["app", "db", "vpn"], asItIs, "db:2"],
    ["whose rollout is paused", ["vpn"], pausedNow, "none"],
    ["whose rollout is paused, and are new themselves", ["app", "vpn"], pausedNow, "none"],
  ])("go on beside one %s", (_, isNew, change, isStarting) => {
    const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
    const waits = new Standing(revision([]), nothing)
      .end(now - 60_000)
      .end(now)
      .fated((_, image) => (image === isStarting ? { health: "starting" } : undefined))
      .wish(change(revision(isNew)));
    for (const round of waits.rounds()) expect(running(round)).toEqual(["app:1", "app:1", "vpn:1"]);
    const crashed = waits
      .end()
      .change(({ service, state }) =>
        service === "app" && state === "running" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
      );
    expect(running(crashed.end())).toEqual(["app:1", "app:1", "vpn:1"]);
    const goesOn = waits
      .end()
      .fated(() => undefined)
      .change(() => ({ health: "healthy" }));
    const app = isNew.includes("app") ? "app:2" : "app:1";
    expect(running(goesOn.wish(revision(isNew)).end())).toEqual([app, app, "vpn:2"]);
  });
});

describe("an update whose new containers share the namespaces of one that is not ready", () => {
  const files = (version: number): Desired =>
    desire(
      aStack("shop", {
        app: { joins: "side", image: `app:${version}` },
        side: { joins: "vpn", image: `side:${version}` },
        vpn: { ...vpn, probed: true, image: `vpn:${version}` },
      }),
    );
  const update = new Standing(files(1), { observed: emptyWorld, inventory: [], rollouts: [] })
    .end(now - 60_000)
    .end()
    .fated((_, image) => (image === "vpn:2" ? { health: "starting" } : undefined))
    .wish(files(2))
    .end();
  const failed = update
    .fated((_, image) => (image === "vpn:2" ? { health: "unhealthy" } : undefined))
    .until(({ world }) => world.rollouts[0]?.phase === "rolling-back");
  const overtaken = update.fated(() => undefined).wish(files(1));
  const running = ({ world, images }: Standing): readonly (string | undefined)[] =>
    world.observed.containers
      .filter(({ state }) => state === "running")
      .map(({ id }) => images.get(id))
      .sort();
  const without = (world: Standing, ...lost: readonly string[]): Standing =>
    world.without(({ service }) => lost.includes(service));

  test.each<[string, Standing]>([
    ["goes back where that one fails", failed],
    ["goes back where that one fails, and they are lost", without(failed, "app")],
    ["goes back where that one fails, and all that share them are lost", without(failed, "app", "side")],
    ["is taken back by the next files", overtaken],
    ["is taken back by the next files, where they are lost", without(overtaken, "app", "side")],
  ])("%s", (_, from) => {
    expect(running(update)).toEqual(["app:2", "side:2", "vpn:2"]);
    expect(running(from.end())).toEqual(["app:1", "side:1", "vpn:1"]);
  });

  it("has them stop before that one does, and the next ones are made when the one from before runs again", async () => {
    const plan = simulate(failed.input(now), digestOf);
    await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot("golden/join-back.txt");
  });
});

describe("a new one that is to share the namespaces of one that has ended for good", () => {
  const once = { restart: { condition: "none" } } as const;
  const files = (version: number, more: Words): Desired =>
    desire(aStack("shop", { ...more, web: { image: `web:${version}` } }));
  const ended = (standing: Standing): Standing =>
    standing.change(({ service, state }) =>
      service === "vpn" && state === "running" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
    );
  const from = (more: Words): Standing =>
    new Standing(files(1, more), { observed: emptyWorld, inventory: [], rollouts: [] })
      .end(now - 60_000)
      .end();

  test.each<[string, Standing]>([
    ["alone", ended(from({ vpn: once }))],
    ["with a replica that is to go", ended(from({ vpn: { ...once, replicas: 2 } }))],
    [
      "beside another one that was never started",
      ended(
        from({ vpn: once })
          .wish(files(1, { vpn: { ...once, ...other } }))
          .until(({ world }) => world.observed.containers.some(({ state }) => state === "created")),
      ),
    ],
  ])("is waited for before anything is taken away: %s", (_, before) => {
    const end = before.wish(files(2, { app: { joins: "vpn" }, vpn: once })).end();
    const { containers } = end.world.observed;
    expect(containers).toEqual(expect.arrayContaining([...before.world.observed.containers]));
    expect(containers.map(({ service }) => service)).not.toContain("app");
  });
});

describe("one that is gone and made again", () => {
  const isShared = ({ service }: ObservedContainer): boolean => service === "vpn";
  const none = { ...before, vpn: { ...vpn, replicas: 0 } };
  test.each<[string, (world: Standing) => Standing]>([
    ["after it was lost without a trace", (world) => world.without(isShared)],
    [
      "after its service had no replica",
      (world) =>
        world
          .wish(desire(aStack("shop", none)))
          .end()
          .without(isShared)
          .wish(world.desired),
    ],
  ])("%s is another one, and all that shared its namespaces are replaced with it", (_, change) => {
    const world = standing(before);
    const known = new Set(world.world.observed.containers.map(({ id }) => id));
    const { containers } = change(world)
      .end(now)
      .end(now + 60_000).world.observed;
    const [shared] = containers.filter(isShared);
    const sharing = containers.filter(({ service }) => service === "app");
    expect(sharing.map(({ id, state, joined }) => [known.has(id), state, joined])).toEqual([
      [false, "running", [shared?.id]],
      [false, "running", [shared?.id]],
    ]);
  });

  it("is made first, and once, also where those go meanwhile", () => {
    const world = standing(before).without(isShared);
    expect(said(world)).toEqual(["create vpn 1"]);
    const inFlight = step(world.input(now)).operations;
    const alone = world.without(({ service }) => service === "app");
    const { operations } = step({ ...alone.input(now), inFlight });
    expect(operations.map(({ kind }) => kind)).toEqual([]);
  });
});

function standing(words: Words): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(desire(aStack("shop", words)), nothing).end(now - 60_000).end();
}

function nameOf({ service, slot }: Pick<ObservedContainer, "service" | "slot">): string {
  return `${service} ${slot}`;
}

function said(world: Standing): readonly string[] {
  return step(world.input(now)).operations.map((operation) =>
    "container" in operation ? `${operation.kind} ${nameOf(operation.container)}` : operation.kind,
  );
}
