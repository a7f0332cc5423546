import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { anInput, aStack, desire, emptyWorld, now } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const shop = desire(aStack("shop", { db: { port: 8001 }, web: { dependsOn: { db: "started" } } }));

/** The shop, its database in the middle of a start that nobody carries on. */
function interrupted(changes: { readonly withoutWeb: boolean }): Drive {
  const world = drive(shop, nothing, { choose: () => 0 });
  const containers = world.observed.containers
    .filter(({ service }) => !changes.withoutWeb || service === "db")
    .map((each) => (each.service === "db" ? { ...each, hooksPending: true } : each));
  return { ...world, observed: { ...world.observed, containers, routes: [] } };
}

function said(operation: Operation): string {
  return "container" in operation ? `${operation.kind} ${operation.container.service}` : operation.kind;
}

describe("a container whose start has not come to its end", () => {
  it("is started again, so that its hooks run, and joins its ports only then", () => {
    const world = interrupted({ withoutWeb: false });
    expect(step(anInput(shop, world)).operations.map(said)).toEqual(["start db"]);
    const done: string[] = [];
    drive(shop, world, { choose: () => 0, onApply: (operation) => done.push(said(operation)) });
    expect(done).toEqual(["start db", "join db"]);
  });

  it("is waited for by those that depend on its service", () => {
    const done: string[] = [];
    drive(shop, interrupted({ withoutWeb: true }), {
      choose: () => 0,
      onApply: (operation) => done.push(said(operation)),
    });
    expect(done.indexOf("start web")).toBeGreaterThan(done.indexOf("start db"));
  });

  it("is not replaced in the middle of it", () => {
    const next = desire(aStack("shop", { db: { port: 8001, image: "busybox:2" }, web: {} }));
    const done: string[] = [];
    drive(next, interrupted({ withoutWeb: false }), {
      choose: () => 0,
      onApply: (operation) => done.push(`${said(operation)} ${operation.cause.kind}`),
    });
    expect(done.indexOf("start db start-interrupted")).toBeLessThan(done.indexOf("stop db spec-changed"));
    expect(done).toContain("start db start-interrupted");
  });

  it("keeps its place where its rollout has failed, once its hooks have run", () => {
    const world = interrupted({ withoutWeb: false });
    const held = world.rollouts.map((rollout) => ({
      ...rollout,
      phase: "failed" as const,
      failure: { operation: "start", message: "it failed" },
    }));
    const { operations } = step(anInput(shop, { ...world, rollouts: held, now }));
    expect(operations.map(said)).toEqual(["start db"]);
  });
});
