/** A service that somebody has stopped: its containers stay and do not run, until it is started. */
import { describe, expect, it } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Services = Readonly<Record<string, ServiceWords>>;

const shop: Services = { web: { port: 80, replicas: 2 }, db: { restart: { condition: "none" } } };

describe("a service that is stopped", () => {
  it("leaves its ports, stops, and keeps its containers", () => {
    const plan = simulate(standing().wish(stopped(shop, "web")).input(now), digestOf);
    expect(renderText(plan, { specs: {} })).toBe(`Stack shop
    ■ web  2 replicas, stopped by alice
      1-2  leave          shop-web-1 … 2
      3-4  stop           shop-web-1 … 2                 after 1, 2  drains at most 10 s

Plan ${plan.id}: 0 to create, 0 to replace, 2 to stop, 0 to remove. Downtime: none.`);
    const coloured = renderText(plan, { specs: {}, paint: (tone, text) => `{${tone} ${text}}` });
    expect(coloured).toContain("{removed   ■ web}");
    const end = standing().wish(stopped(shop, "web")).end();
    expect(describeWorld(end)).toEqual(["db 1 running", "web 1 exited", "web 2 exited"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "done" }]);
  });

  it("is started with the same containers, whatever its restart policy says", () => {
    const end = standing().wish(stopped(shop)).end().wish(wish(shop)).end();
    expect(end.world.observed.containers.map(({ id }) => id).sort()).toEqual(
      standing()
        .world.observed.containers.map(({ id }) => id)
        .sort(),
    );
    expect(describeWorld(end)).toEqual(["db 1 running", "web 1 running", "web 2 running"]);
  });

  it("does not keep the others from their update, and has its own when it is started", () => {
    const next = { web: { ...shop["web"], image: "busybox:2" }, db: { image: "busybox:2" } };
    const end = standing().wish(stopped(shop, "web")).end().wish(stopped(next, "web")).end();
    expect(describeWorld(end)).toEqual(["db 1 running", "web 1 exited", "web 2 exited"]);
    const started = end.wish(wish(next)).end();
    expect(describeWorld(started)).toEqual(["db 1 running", "web 1 running", "web 2 running"]);
    expect([...new Set(started.world.observed.containers.map(({ id }) => started.images.get(id)))]).toEqual([
      "busybox:2",
    ]);
  });

  it("does not keep who depends on it from an update, or from a restart with somebody else", () => {
    const needs = { dependsOn: { db: "started", cache: "started" }, restartsWith: ["cache"] } as const;
    const files: Services = { cache: {}, db: {}, web: needs };
    const held = standing(files).wish(stopped(files, "db")).end();
    const next = { ...files, web: { ...needs, image: "busybox:2" } };
    const updated = held.wish(stopped(next, "db")).end();
    expect(updated.world.observed.containers.map(({ id }) => updated.images.get(id))).toContain("busybox:2");
    const renewed = held.change(({ service }) => (service === "cache" ? { createdAt: now + 1 } : {}));
    expect(step(renewed.input(now + 2)).operations).toMatchObject([
      { kind: "stop", container: { service: "web" }, cause: { kind: "dependency-renewed" }, resumes: true },
    ]);
  });

  it("is not there before all of it has stopped, and is remembered by what has stopped alone", () => {
    const leaving = step(standing().wish(stopped(shop, "web")).input(now));
    expect(leaving.operations.map(({ kind }) => kind)).toEqual(["leave", "leave"]);
    expect(leaving.rollouts[0]).not.toHaveProperty("stopped");
    expect(leaving.rollouts[0]?.phase).not.toBe("done");
  });

  it("is not stopped twice", () => {
    const input = standing().wish(stopped(shop)).input(now);
    const { operations, rollouts } = step(input);
    expect(operations.map(({ kind }) => kind)).toEqual(["stop", "leave", "leave"]);
    expect(step({ ...input, rollouts, inFlight: operations }).operations).toEqual([]);
  });

  it("leaves its ports also where it has ended by itself", () => {
    const ended = standing().change(({ service }) =>
      service === "web" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
    );
    const { operations } = step(ended.wish(stopped(shop, "web")).input(now));
    expect(operations.map(({ kind }) => kind)).toEqual(["leave", "leave"]);
  });

  it("stays down where it was stopped for its health just before, and would have been started again", () => {
    const healed = standing().change(({ service }) =>
      service === "web" ? { state: "exited", exitCode: 0, finishedAt: now, resumes: true } : {},
    );
    const left = healed
      .wish(stopped(shop, "web"))
      .until(({ world }) => world.observed.routes.every(noBackend));
    expect(step(left.input(now))).toMatchObject({
      operations: [1, 2].map((slot) => ({
        ...{ kind: "stop", container: { service: "web", slot } },
        cause: { kind: "stopped", by: "alice" },
      })),
      rollouts: [{ phase: expect.not.stringMatching("done") as string }],
    });
    const end = left.end();
    expect(describeWorld(end)).toEqual(["db 1 running", "web 1 exited", "web 2 exited"]);
    expect(end.world.observed.containers.filter(({ resumes }) => resumes)).toEqual([]);
    expect(step(end.input(now)).operations).toEqual([]);
    const started = end.wish(wish(shop)).end();
    expect(describeWorld(started)).toEqual(["db 1 running", "web 1 running", "web 2 running"]);
  });

  it("drains also where it runs although it was to be started again", () => {
    const left = standing()
      .wish(stopped(shop, "web"))
      .until(({ world }) => world.observed.routes.every(noBackend));
    const { operations } = step(left.change(() => ({ resumes: true })).input(now));
    expect(operations).toMatchObject([1, 2].map(() => ({ kind: "stop", drainMs: 10_000 })));
  });

  it("runs no job again that had ended before", () => {
    const ended = standing().change(({ service }) =>
      service === "db" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
    );
    const end = ended.wish(stopped(shop)).end().wish(wish(shop)).end();
    expect(describeWorld(end)).toEqual(["db 1 exited", "web 1 running", "web 2 running"]);
  });

  it("stops and starts also where its stack is suspended", () => {
    const suspended = (desired: Desired): Desired => ({
      ...desired,
      stacks: desired.stacks.map((each) => ({ ...each, suspended: { by: "alice", since: now } })),
    });
    const end = standing()
      .wish(suspended(stopped(shop, "web")))
      .end();
    expect(describeWorld(end)).toEqual(["db 1 running", "web 1 exited", "web 2 exited"]);
    expect(describeWorld(end.wish(suspended(wish(shop))).end())).toEqual(describeWorld(standing()));
  });
});

function wish(services: Services): Desired {
  return desire(aStack("shop", services));
}

/** One service, or all of the stack. */
function stopped(services: Services, name?: string): Desired {
  const { stacks, ...rest } = wish(services);
  const stop = { by: "alice", since: now, ...(name !== undefined && { service: serviceName(name) }) };
  return { ...rest, stacks: stacks.map((each) => ({ ...each, stopped: [stop] })) };
}

function standing(files = shop): Standing {
  return new Standing(wish(files), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

function noBackend({ backends }: Standing["world"]["observed"]["routes"][number]): boolean {
  return backends.length === 0;
}

function describeWorld({ world }: Standing): readonly string[] {
  return world.observed.containers.map(({ service, slot, state }) => `${service} ${slot} ${state}`).sort();
}
