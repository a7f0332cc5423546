/** Names that every object of the language answers to are names as good as any. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Stack } from "../../src/model/stack.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { loadText } from "../stack/support/load-text.ts";
import { desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const hourMs = 3_600_000;
const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "valueOf"];

/** Its services, volumes, networks and variables are called so, and an image as well. */
async function load(mode: string, replicas: number): Promise<Stack> {
  const services = names.map(
    (name) => `
  ${name}:
    image: constructor
    environment: {${names.map((variable) => `${variable}: ${mode}`).join(", ")}}
    networks: [valueOf]
    volumes: ["toString:/data"]
    deploy: {replicas: ${replicas}}
    x-rollout: {progress_deadline: 1m}`,
  );
  const { stack, diagnostics } = await loadText(`
services:${services.join("")}
  nightly:
    image: busybox:1
    x-schedule: {cron: "0 * * * *"}
  isPrototypeOf:
    image: busybox:1
    x-schedule: {cron: "30 * * * *"}
volumes: {toString: {}}
networks: {valueOf: {}}
`);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (stack === undefined) throw new Error("it has no stack");
  return stack;
}

async function standing(replicas: number): Promise<Standing> {
  const world = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(desire(await load("a", replicas)), world).end();
}

function running(from: Standing): Readonly<Record<string, number>> {
  const services = from.world.observed.containers
    .filter(({ state }) => state === "running")
    .map(({ service }) => service);
  return Object.fromEntries(
    names.map((name) => [name, services.filter((service) => service === name).length]),
  );
}

const each = (count: number): unknown => Object.fromEntries(names.map((name) => [name, count]));

describe("services named like members of every object", () => {
  it("start, each with all of its variables", async () => {
    const stack = await load("a", 2);
    expect(stack.services.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    const { environment } = stack.services.find(({ name }) => name === "constructor")?.container ?? {};
    expect(Object.entries(environment ?? {})).toEqual(names.map((name) => [name, "a"]));
    const stood = await standing(2);
    expect(running(stood)).toEqual(each(2));
    expect(stood.world.rollouts).toMatchObject([{ phase: "done" }]);
  });

  it("are updated, and the plan says what changes", async () => {
    const update = (await standing(2)).wish(desire(await load("b", 2)));
    const plan = simulate(update.input(now + 60_000), digestOf);
    const text = renderText(plan, { specs: {} });
    for (const name of names) expect(text).toContain(`stack-${name}-1`);
    const updated = update.end(now + 60_000);
    expect(running(updated)).toEqual(each(2));
    expect(updated.world.rollouts).toMatchObject([{ phase: "watching" }]);
    expect(simulate(updated.input(now + 60_000), digestOf).operations).toEqual([]);
  });

  it("keep the slots that they have when they get fewer, and then others", async () => {
    const wish = async (from: Standing, replicas: number): Promise<Standing> =>
      from.wish(desire(await load("a", replicas))).end(now + 60_000);
    const three = await standing(3);
    const ill = three.change(({ slot }) => (slot === 1 ? { state: "exited", exitCode: 1 } : {}));
    const two = await wish(ill, 2);
    expect(running(two)).toEqual(each(2));
    expect(running(await wish(two, 3))).toEqual(each(3));
  });

  it("run by their schedule, also where others did so before", async () => {
    const stack = await load("a", 1);
    const services = stack.services.filter(({ name }) => name !== "isPrototypeOf");
    const world = { observed: emptyWorld, inventory: [], rollouts: [] };
    const one = new Standing(desire({ ...stack, services }), world).end();
    const two = one.wish(desire(stack)).end(now + hourMs / 4);
    const runs = two
      .end(now + hourMs)
      .world.observed.containers.filter(({ service }) => !names.includes(service));
    expect(runs.map(({ service }) => service).sort()).toEqual(["isPrototypeOf", "nightly"]);
  });

  it("have so much time to come any further, from when they began", async () => {
    const update = (await standing(1)).wish(desire(await load("b", 1)));
    const progressOf = ({ world }: Standing): Rollout["progress"] => world.rollouts[0]?.progress;
    const begun = update.until((round) => Object.keys(progressOf(round) ?? {}).length > 0, now + 1000);
    const since = Object.entries(progressOf(begun) ?? {}).map(([name, service]) => [name, service?.since]);
    expect(since.length).toBeGreaterThan(0);
    expect(since).toEqual(since.map(([name]) => [name, now + 1000]));
  });
});
