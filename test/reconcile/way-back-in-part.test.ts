/** What happens on the way of a service that was taken back alone, and to what is held beside it. */
import { describe, expect, it } from "vitest";
import { askRestart } from "../../src/agent/ask-restart.ts";
import { applyRestarts } from "../../src/agent/restarts.ts";
import { retryFailed } from "../../src/agent/retry-failed.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { serviceName, stackName } from "../../src/model/ids.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { digestOf, now, type ServiceWords } from "./build.ts";
import { type Fate, type Standing } from "./rounds.ts";
import {
  after,
  alone,
  before,
  failing,
  ill,
  isTakenBack,
  linesOf,
  monitored,
  of,
  settled,
  stand,
  wish,
  type Services,
} from "./in-part.ts";

it("where the rest is held, the service goes back all the same", () => {
  const held: Services = { ...after, web: { ...after["web"], update: { failureAction: "pause" } } };
  const end = settled(failing(before, held, ["api:2", "web:2"]));
  expect(linesOf(end).filter((line) => line.startsWith("api"))).toEqual(["api-1 api:1"]);
  expect(end.world.rollouts).toMatchObject([
    { phase: "failed", failure: { message: "the new shop-web-1 is unhealthy" } },
  ]);
});

it("a way back that fails, too, goes on for ever: it never rolls back, and has no deadline", () => {
  const end = settled(failing(before, after, ["api:2", "api:1"])).end(now + 86_400_000);
  expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:2", "db-2 db:2", "web-1 web:2"]);
  expect(end.world.rollouts).toMatchObject([{ phase: "rolling", takenBack: ["api"], attempts: 1 }]);
});

it("what cannot be done on the way back is tried again, ever more rarely", () => {
  const stopsFirst: Services = { api: { probed: true, update: { ...alone, order: "stop-first" } }, web: {} };
  const moment = failing(of(1, stopsFirst), of(2, stopsFirst), ["api:2"]).until(isTakenBack);
  const start = [...moment.rounds()]
    .flatMap((round) => step(round.input(now)).operations)
    .find(({ kind }) => kind === "start");
  expect(start).toMatchObject({ container: { service: "api" } });
  if (start === undefined) return;
  const outcomes = [{ operation: start, result: { kind: "failed", message: "no memory" } }] as const;
  const [rollout] = step({ ...moment.input(now), outcomes }).rollouts;
  expect(rollout).toMatchObject({
    phase: "rolling",
    takenBack: ["api"],
    blocked: { [keyOf(start)]: { failures: 1 } },
  });
});

it("what is as it was before, and depends on it, fails no rollout meanwhile", () => {
  const web: ServiceWords = { dependsOn: { api: "healthy" }, image: "web:1" };
  const moment = failing(
    { ...of(1, { api: { probed: true } }), web },
    { ...of(2, { api: { probed: true } }), web },
    ["api:2"],
  ).until(isTakenBack);
  const [rollout] = moment.world.rollouts;
  const container = moment.world.observed.containers.find(({ service }) => service === "web");
  if (container === undefined || rollout === undefined) throw new Error("it is there");
  const start: Operation = {
    ...{ kind: "start", stack: container.stack, container, cause: { kind: "created" }, after: [] },
    revision: rollout.revision,
  };
  const outcomes = [{ operation: start, result: { kind: "failed", message: "no memory" } }] as const;
  expect(step({ ...moment.input(now), outcomes }).rollouts).toMatchObject([
    { takenBack: ["api", "web"], failure: rollout.failure, blocked: { [keyOf(start)]: { failures: 1 } } },
  ]);
});

it("a way back is not paused with the others", () => {
  const two: Services = { api: { probed: true, replicas: 2 }, web: {} };
  const second: Fate = ({ slot }, image) => ({
    health: slot === 2 && image === "api:2" ? "unhealthy" : "healthy",
  });
  const moment = wish(of(1, two), of(2, two)).fated(second).until(isTakenBack);
  expect(linesOf(moment)).toContain("api-1 api:2");
  const [desired] = moment.desired.stacks;
  if (desired === undefined) throw new Error("it is desired");
  const paused = { ...moment.desired, stacks: [{ ...desired, paused: { by: "alice", since: now } }] };
  expect(linesOf(moment.wish(paused).end())).toEqual(expect.arrayContaining(["api-1 api:1", "api-2 api:1"]));
});

it("what goes on waits for its containers while something goes back, and says so", () => {
  const moment = failing(before, after, ["api:2"]).until(isTakenBack);
  const without = moment.without(({ service }) => service === "web");
  expect(step(without.input(now)).rollouts).toMatchObject([
    { phase: "preparing", takenBack: ["api"], missing: [{ kind: "container", name: "shop-web-1" }] },
  ]);
});

describe("what goes back alone", () => {
  it("is known by the commit that it is from, also in the next revision from which it goes back", () => {
    const of3 = of(3, { api: { probed: true }, db: { replicas: 2 }, web: { probed: true, port: 80 } });
    const first = committed(stand(before), "1111111111").end(monitored);
    const second = committed(first.wish(wish(before, after).desired), "2222222222").fated(ill(["api:2"]));
    const third = committed(settled(second).wish(wish(before, of3).desired), "3333333333").fated(
      ill(["api:3"]),
    );
    const [{ revision } = { revision: undefined }] = first.world.rollouts;
    for (const standing of [settled(second), settled(third)]) {
      const { good } = standing.world.rollouts[0] ?? {};
      expect(good?.earlier).toEqual({ api: { revision, commit: "1111111111" } });
    }
  });

  it("keeps its own reason when it was to go with another one that fails later", () => {
    const words: Services = { api: { probed: true }, web: { probed: true, dependsOn: { api: "healthy" } } };
    const first = failing(of(1, words), of(2, words), ["web:2"]).end();
    const [rollout] = settled(first.fated(ill(["api:2", "web:2"]))).world.rollouts;
    expect(rollout).toMatchObject({
      takenBack: ["api", "web"],
      takenBackFor: {
        api: { message: "the new shop-api-1 is unhealthy" },
        web: { message: "the new shop-web-1 is unhealthy" },
      },
    });
  });

  const minute = 60_000;

  it("begins at once, whatever its replicas wait for each other", () => {
    const two: Services = { api: { probed: true, replicas: 2, rollback: { delayMs: 10 * minute } } };
    const second: Fate = ({ slot }, image) => ({
      health: slot === 2 && image === "api:2" ? "unhealthy" : "healthy",
    });
    const back = wish(of(1, two), of(2, two)).fated(second).end();
    expect(linesOf(back)).toEqual(["api-1 api:1", "api-2 api:1"]);
  });

  it("gives those that go on no more time to be healthy than they had", () => {
    const starting: Fate = (_, image) => (image === "db:2" ? { health: "starting" } : ill([])(_, image));
    const words: Services = { api: { probed: true }, db: { probed: true } };
    const begun = wish(of(1, words), of(2, words)).fated(starting).end();
    const back = begun
      .change((each) => (each.service === "api" ? { health: "unhealthy" } : {}))
      .end(now + 4 * minute);
    expect(back.world.rollouts).toMatchObject([{ phase: "rolling", takenBack: ["api"] }]);
    expect(step(back.input(now + 4 * minute)).wakeAt).toBe(now + 5 * minute);
    expect(back.end(now + 5 * minute).world.rollouts).toMatchObject([{ takenBack: ["api", "db"] }]);
  });
});

describe.each(["on its way", "watched", "there"])("where something was taken back and is %s", (when) => {
  const failed = failing(before, after, ["api:2"]);
  const moment = { "on its way": failed.until(isTakenBack), watched: failed.end() }[when] ?? settled(failed);

  it.each([
    ["the stack", undefined, ["api-1", "db-1", "db-2", "web-1"]],
    ["what was taken back", "api", ["api-1"]],
    ["what goes on", "web", ["web-1"]],
  ])("a restart of %s replaces what is in force of it, and brings nothing forward", (_, name, replaced) => {
    const { rollouts } = moment.world;
    const of = name === undefined ? {} : { service: serviceName(name) };
    const asked = askRestart({ stack: stackName("shop"), ...of, at: now }, rollouts);
    const end = settled(failed);
    const restarted = settled(moment.wish(applyRestarts(moment.desired, [asked], rollouts)));
    expect(linesOf(restarted)).toEqual(linesOf(end));
    expect(restarted.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["api"] }]);
    const before = new Set(end.world.observed.containers.map(({ id }) => id));
    const others = restarted.world.observed.containers.filter(({ id }) => !before.has(id));
    expect(others.map(({ service, slot }) => `${service}-${slot}`).sort()).toEqual(replaced);
  });
});

describe("a new service that fails goes at once", () => {
  const api = { probed: true };
  const waits = { replicas: 2, update: { ...alone, canary: { count: 1 } } };
  const fails: ServiceWords = { probed: true, replicas: 2, update: { failureAction: "pause" } };
  it.each<[string, ServiceWords, readonly string[], readonly string[], Partial<Rollout>]>([
    ["while the rest waits", waits, ["api:2"], ["web-1 web:2", "web-2 web:1"], { phase: "rolling" }],
    ["where that is held", fails, ["api:2", "web:2"], ["web-1 web:1", "web-2 web:1"], { phase: "failed" }],
  ])("%s", (_, web, images, lines, rollout) => {
    const rounds = [...failing(of(1, { web: { replicas: 2 } }), of(2, { api, web }), images).rounds()];
    const end = rounds.at(-1);
    expect(end && linesOf(end)).toEqual(lines);
    expect(end?.world.inventory.map(({ service }) => service)).toEqual(["web"]);
    expect(end?.world.rollouts).toMatchObject([{ ...rollout, takenBack: ["api"] }]);
    const removed = rounds
      .flatMap((round) => step(round.input(now)).operations)
      .filter((each) => each.kind === "remove" && each.container.service === "api");
    expect(removed).toMatchObject([{ hasFailed: true, cause: { kind: "rollout-failed" } }]);
  });

  it("with another new one that depends on it, which goes first", () => {
    const edge: ServiceWords = { dependsOn: { api: "healthy" } };
    const update = of(2, { api, edge, web: waits });
    const rounds = [...failing(of(1, { web: { replicas: 2 } }), update, ["api:2"]).rounds()];
    const end = rounds.at(-1);
    expect(end && linesOf(end)).toEqual(["web-1 web:2", "web-2 web:1"]);
    const removed = rounds
      .flatMap((round) => step(round.input(now)).operations)
      .flatMap((each) => (each.kind === "remove" && "container" in each ? [each.container.service] : []));
    expect(removed.filter((name) => name !== "web")).toEqual(["edge", "api"]);
  });
});

it("a new service of a stack that goes back whole goes when the rest is back", () => {
  const web: Services = { web: { probed: true } };
  const moment = failing(of(1, web, {}), of(2, { ...web, api: {} }, {}), ["web:2"]).until((round) =>
    step(round.input(now)).operations.some(
      (each) => each.kind === "stop" && each.container.service === "api",
    ),
  );
  expect(linesOf(moment)).toEqual(["api-1 api:2", "web-1 web:1"]);
});

it.each([
  ["is tried again when its image on disk is another one", "api:2", undefined],
  ["is not when that of another service is", "web:2", ["api"]],
])("while the rest is on its way, what was taken back %s", (_, reference, takenBack) => {
  for (const moment of [
    failing(before, after, ["api:2"]).until(isTakenBack),
    failing(before, after, ["api:2"]).end(),
  ]) {
    const { observed } = moment.world;
    const other = { digest: digestOf("another one"), stored: true, onDisk: true };
    const images = { ...observed.images, [reference]: other };
    const [rollout] = step({ ...moment.input(now), observed: { ...observed, images } }).rollouts;
    expect(rollout?.takenBack).toEqual(takenBack);
    expect(rollout?.againAt).toBe(takenBack === undefined ? now : undefined);
  }
});

describe("a stack that is held when something of it was taken back", () => {
  const web = { ...after["web"], update: { failureAction: "pause" } } as const;
  const held = settled(failing(before, { ...after, web }, ["api:2", "web:2"]));
  const made = (rollouts: readonly Rollout[], at: number): readonly string[] =>
    [...held.remember(rollouts).fated(ill([])).rounds(at)]
      .flatMap((round) => step(round.input(at)).operations)
      .flatMap((each) => (each.kind === "create" ? [each.spec.image.split("@")[0] ?? ""] : []));

  it("is told to be held in its plan", () => {
    const { world, desired } = held;
    const { problems } = simulate({ ...world, desired, now: monitored }, digestOf);
    expect(problems).toMatchObject([{ message: "the new shop-web-1 is unhealthy" }]);
  });

  it("is tried again by itself without that", () => {
    const [rollout] = held.world.rollouts;
    if (rollout === undefined) throw new Error("it is there");
    expect(made([{ ...rollout, retryAt: monitored }], monitored)).not.toContain("api:2");
  });

  it("is said to be back for its own reason when it is tried again", () => {
    const message = "the new shop-api-1 is unhealthy";
    expect(retryFailed(held.world.rollouts, { retry: false, now })).toMatchObject([
      { takenBack: ["api"], takenBackFor: { api: { message } }, failure: { message } },
    ]);
  });

  it("is tried again without that by whoever reconciles, and whole by whoever asks for it", () => {
    const { rollouts } = held.world;
    expect(made(retryFailed(rollouts, { retry: false, now }), monitored)).not.toContain("api:2");
    expect(made(retryFailed(rollouts, { retry: true, now }), monitored)).toContain("api:2");
  });
});

function committed(standing: Standing, commit: string): Standing {
  const stacks = standing.desired.stacks.map((each) => ({ ...each, commit }));
  return standing.wish({ ...standing.desired, stacks });
}
