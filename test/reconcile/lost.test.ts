/** Containers that are gone without a trace in the middle of an update. */
import { describe, expect, it } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, Outcome } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive } from "./drive.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const before: Services = { db: {}, web: { replicas: 4, port: 80, probed: true } };
const canary = { canary: { count: 1 } };

describe("a replica that is gone where nothing new may come yet is made again as it was", () => {
  it.each<[string, number, readonly string[]]>([
    ["behind the canaries", 3, ["web 1 new", "web 2 old", "web 3 old", "web 4 old"]],
    ["as a canary, which is the new one", 1, ["web 1 new", "web 2 old", "web 3 old", "web 4 old"]],
  ])("%s", (_, slot, expected) => {
    const lost = updating({ update: canary }).without((each) => each.slot === slot);
    const again = lost.end();
    expect(described(again)).toEqual(expected);
    expect(again.world.rollouts).toMatchObject([{ phase: "rolling", awaiting: ["web"] }]);
  });

  it("and is the new one when it is promoted", () => {
    const again = updating({ update: canary }).without(inWeb(3)).end();
    const { stacks, ...rest } = wish({ update: canary });
    const promoted = { ...rest, stacks: stacks.map((each) => ({ ...each, promoted: [{}] })) };
    expect(described(again.wish(promoted).end())).toEqual(allNew);
  });

  it("also where all of them are gone, without the canaries", () => {
    const lost = updating({ update: canary }).without(({ service }) => service === "web");
    expect(described(lost.end())).toEqual(["web 1 new", "web 2 old", "web 3 old", "web 4 old"]);
  });

  it("while its rollout is paused", () => {
    const held = standing()
      .wish(pausedBy("alice", wish({})))
      .without(inWeb(2));
    expect(described(held.end())).toEqual(allOld);
  });

  it("for being gone, also where all of them are", () => {
    const held = standing().wish(pausedBy("alice", wish({})));
    const lost = held.without(({ service }) => service === "web");
    const operations = [...lost.rounds()].flatMap((round) => step(round.input(now)).operations);
    const causes = operations.flatMap((each) =>
      each.kind === "start" || (each.kind === "create" && each.spec.image === "web:1") ? each.cause.kind : [],
    );
    expect([...new Set(causes)].sort()).toEqual(["created", "replica-missing"]);
    expect(
      operations.filter(({ cause }) => cause.kind === "replica-missing").map(({ kind }) => kind),
    ).toEqual(Array(4).fill("create"));
  });

  it("of the very spec that it had", () => {
    const waiting = updating({ update: canary });
    expect(specs(waiting.without(inWeb(3)).end())).toEqual(specs(waiting));
  });

  it("while it waits for what it depends on", () => {
    const db = { image: "db:2", probed: true };
    const waiting = standing()
      .wish(wish({ dependsOn: { db: "healthy" } }, { db }))
      .fated((_, image) => (image === "db:2" ? { health: "starting" } : undefined))
      .end();
    expect(described(waiting.without(inWeb(1)).end())).toEqual(allOld);
  });

  it.each([1, 3])("while the image of another service cannot be had, in slot %i", (slot) => {
    const words = { db: { image: "absent:1" } } as const;
    const lost = standing().wish(wish({}, words)).without(inWeb(slot));
    const made = step({ ...lost.input(now), inFlight: [] }).operations.filter(
      ({ kind }) => kind === "create",
    );
    expect(made).toMatchObject([
      { container: { slot }, spec: { image: "web:1" }, cause: { kind: "replica-missing" } },
    ]);
  });

  it("while its rollout has failed", () => {
    const update = { failureAction: "pause" } as const;
    const failed = standing()
      .wish(wish({ update }))
      .fated((_, image) => (image === "web:2" ? { health: "unhealthy" } : undefined))
      .end();
    expect(failed.world.rollouts).toMatchObject([{ phase: "failed" }]);
    expect(described(failed.without(inWeb(4)).end())).toContain("web 4 old");
  });
});

describe("a replica that is gone is not made again as it was", () => {
  it.each<[string, ServiceWords, readonly string[]]>([
    ["but any other one is", {}, ["side:1"]],
    ["of a job, which has been done", { job: true }, []],
    ["where it shared the namespaces of another service", { joins: "db" }, []],
    ["where it shared those of another stack's container", { joinsContainer: "foreign-db-1" }, []],
  ])("%s", (_, words, images) => {
    const wishOf = (version: number): Desired =>
      desire(aStack("shop", { db: {}, side: { ...words, replicas: 2, image: `side:${version}` } }));
    const standing = new Standing(wishOf(1), {
      ...nothing,
      observed: { ...emptyWorld, containers: [aStranger()] },
    });
    const completed = { state: "exited", exitCode: 0, finishedAt: now } as const;
    const ended = standing
      .fated(({ service }) => (words.job && service === "side" ? completed : undefined))
      .end(now - 60_000)
      .end(now);
    const lost = ended.wish(wishOf(2)).without(({ service, slot }) => service === "side" && slot === 2);
    const { operations } = step(lost.input(now));
    const made = operations.flatMap((each) => (each.kind === "create" ? each.spec.image : []));
    expect(ended.world.rollouts).toMatchObject([{ phase: "done" }]);
    expect(made).toEqual(images);
  });
});

describe("a replica that is gone", () => {
  it("is made as it is to be where that may come now", () => {
    const lost = standing()
      .without(inWeb(2))
      .wish(wish({}))
      .until((round) => described(round).includes("web 2 new"));
    expect(described(lost)).toEqual(["web 1 old", "web 2 new", "web 3 old", "web 4 old"]);
  });

  it("is no other one than those that the revision adds, which are new", () => {
    const grown = standing()
      .wish(wish({ replicas: 5, update: canary }))
      .end();
    expect(described(grown)).toEqual(["web 1 new", "web 2 old", "web 3 old", "web 4 old", "web 5 new"]);
    expect(described(grown.without(inWeb(5)).end())).toEqual(described(grown));
  });

  it("fails no rollout where it cannot be made again, and is tried again later", () => {
    const lost = updating({ update: canary }).without(inWeb(3));
    const [create] = step(lost.input(now)).operations;
    if (create?.kind !== "create") throw new Error("it is not made again");
    const outcomes: readonly Outcome[] = [
      { operation: create, result: { kind: "failed", message: "no space" } },
    ];
    const failed = step({ ...lost.input(now), outcomes });
    expect(failed).toMatchObject({ rollouts: [{ phase: "rolling" }], operations: [], wakeAt: now + 10_000 });
    expect(described(lost.remember(failed.rollouts).end(now + 10_000))).toContain("web 3 old");
  });
});

it("an update comes to its end where a replica that is gone cannot be made again as it was", () => {
  const wished = wish({ dependsOn: { db: "started" } }, { db: { image: "db:2" } });
  const { rollouts } = drive(wished, standing().without(inWeb(1)).world, {
    choose: () => 0,
    fails: (operation) => operation.kind === "create" && operation.spec.image === "web:1",
  });
  expect(rollouts).toMatchObject([{ phase: "done" }]);
});

type Services = Readonly<Record<string, ServiceWords>>;

const allOld = ["web 1 old", "web 2 old", "web 3 old", "web 4 old"];
const allNew = ["web 1 new", "web 2 new", "web 3 new", "web 4 new"];

function wish(words: ServiceWords, others: Services = {}): Desired {
  return desire(
    aStack("shop", { ...before, ...others, web: { ...before["web"], image: "web:2", ...words } }),
  );
}

function pausedBy(by: string, { stacks, ...rest }: Desired): Desired {
  return { ...rest, stacks: stacks.map((each) => ({ ...each, paused: { by, since: now } })) };
}

function standing(): Standing {
  const first = { ...before, web: { ...before["web"], image: "web:1" } };
  return new Standing(desire(aStack("shop", first)), nothing).end(now - 60_000).end(now);
}

function updating(words: ServiceWords): Standing {
  return standing().wish(wish(words)).end();
}

function inWeb(slot: number): Parameters<Standing["without"]>[0] {
  return (each) => each.service === "web" && each.slot === slot;
}

function specs({ world }: Standing): readonly string[] {
  return world.observed.containers
    .map(({ service, slot, specHash }) => `${service} ${slot} ${specHash}`)
    .sort();
}

function described({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .filter(({ service, state }) => service === "web" && state === "running")
    .map(({ id, slot }) => `web ${slot} ${images.get(id) === "web:2" ? "new" : "old"}`)
    .sort();
}
