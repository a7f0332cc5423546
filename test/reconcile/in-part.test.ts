/** `x-rollout.scope: service`: a failure takes back a service, with what depends on it, and the others go on. */
import { describe, expect, it } from "vitest";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { tryAgain } from "../../src/reconcile/step/rollout.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, digestOf, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";
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

describe("a service whose update fails", () => {
  it("goes back to what it was, and the others come to the new revision", () => {
    const going = failing(before, after, ["api:2"]).end();
    expect(linesOf(going)).toEqual(["api-1 api:1", "db-1 db:2", "db-2 db:2", "web-1 web:2"]);
    expect(going.world.rollouts).toMatchObject([{ phase: "watching", takenBack: ["api"] }]);
    const end = going.end(monitored);
    expect(linesOf(end)).toEqual(linesOf(going));
    expect(end.world.rollouts).toMatchObject([
      { phase: "rolled-back", takenBack: ["api"], failure: { message: "the new shop-api-1 is unhealthy" } },
    ]);
    const [rollout] = end.world.rollouts;
    expect(rollout?.good?.revision, "what is kept as good has a name of its own").not.toBe(rollout?.revision);
  });

  it("is not tried again by itself, and what runs is looked after", () => {
    const end = settled(failing(before, after, ["api:2"]));
    expect(step(end.input(now + 86_400_000)).operations).toEqual([]);
    const { operations, rollouts } = step(
      end
        .change(({ service }) =>
          service === "api" ? { state: "exited", exitCode: 1, finishedAt: monitored } : {},
        )
        .input(monitored),
    );
    expect(operations).toMatchObject([{ kind: "start", container: { service: "api" } }]);
    expect(rollouts).toMatchObject([{ phase: "rolled-back" }]);
  });

  it.each(["on its way", "watched", "there"])(
    "is tried again when somebody asks for it while it is %s",
    (when) => {
      const failed = failing(before, after, ["api:2"]);
      const [onItsWay, watched] = [failed.until(isTakenBack), failed.end()];
      const moment = { "on its way": onItsWay, watched, there: watched.end(monitored) }[when] ?? watched;
      const again = moment
        .fated(() => undefined)
        .remember(moment.world.rollouts.map((each) => tryAgain(each, { now })))
        .end(monitored);
      expect(linesOf(again)).toEqual(["api-1 api:2", "db-1 db:2", "db-2 db:2", "web-1 web:2"]);
      expect(again.world.rollouts[0]?.takenBack).toBeUndefined();
    },
  );

  it("gives way to the next revision, which begins from where it is", () => {
    const failed = failing(before, after, ["api:2"]);
    for (const moment of [failed.until(isTakenBack), failed.end(), settled(failed)]) {
      const end = settled(
        moment.wish(desire(aStack("shop", { ...after, api: { ...after["api"], image: "api:3" } }))),
      );
      expect(linesOf(end)).toEqual(["api-1 api:3", "db-1 db:2", "db-2 db:2", "web-1 web:2"]);
      expect(end.world.rollouts).toMatchObject([{ phase: "done" }]);
    }
  });

  it("is not brought back further by the next revision that fails, whichever service it is", () => {
    const mixed = settled(failing(before, after, ["api:2"]));
    const third = of(3, { api: { probed: true }, db: { replicas: 2 }, web: { probed: true, port: 80 } }, {});
    const end = mixed
      .wish(desire(aStack("shop", third)))
      .fated(ill(["web:3"]))
      .end();
    expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:2", "db-2 db:2", "web-1 web:2"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(end.world.rollouts[0]?.takenBack).toBeUndefined();
  });

  it("is told of in the plan, which has nothing to do", () => {
    const { world, desired } = settled(failing(before, after, ["api:2"]));
    const plan = simulate({ ...world, desired, now: monitored }, digestOf);
    expect(plan.operations).toEqual([]);
    expect(plan.problems).toMatchObject([
      {
        message: expect.stringMatching(
          /^of revision \w+, api went back: the new shop-api-1 is unhealthy$/,
        ) as string,
        isAtRest: true,
      },
    ]);
  });

  it("has what its image stood for then, where its name stands for another one now", () => {
    const tagged = (mode: string): Services => ({
      api: { probed: true, environment: { MODE: mode }, image: "app", update: alone },
      web: { probed: true, environment: { MODE: mode }, image: "app", update: alone },
    });
    const stands = wish(tagged("a"), tagged("b"));
    const { images: known } = stands.world.observed;
    const moved = { ...known["app"], digest: digestOf("app, moved"), stored: true, onDisk: false };
    const observed = { ...stands.world.observed, images: { app: moved } };
    const world = { ...stands.world, observed };
    const [hashOfWeb] = observed.containers.filter(({ service }) => service === "web");
    const end = new Standing(stands.desired, world, {
      images: stands.images,
      fate: ({ service, specHash }) =>
        service === "web" && specHash !== hashOfWeb?.specHash
          ? { health: "unhealthy" }
          : { health: "healthy" },
    });
    const there = settled(end);
    expect(there.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["web"] }]);
    const web = there.world.observed.containers.filter(({ service }) => service === "web");
    expect(web.map(({ id, specHash }) => ({ id, specHash }))).toEqual([
      { id: hashOfWeb?.id, specHash: hashOfWeb?.specHash },
    ]);
  });
});

describe("with a service that fails goes", () => {
  it.each(["api:2", "web:2"])("whatever fails after it, and both are named in one order: %s", (first) => {
    const end = settled(
      failing(before, after, [first])
        .end()
        .fated(ill(["api:2", "web:2"])),
    );
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["api", "web"] }]);
  });

  it("a second one that fails, also when the first one is back", () => {
    const slow = failing(before, after, ["api:2"]).end();
    const end = settled(slow.fated(ill(["api:2", "web:2"])));
    expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:2", "db-2 db:2", "web-1 web:1"]);
    const ofWeb = { message: "the new shop-web-1 is unhealthy" };
    expect(end.world.rollouts).toMatchObject([
      {
        phase: "rolled-back",
        takenBack: ["api", "web"],
        takenBackFor: { api: { message: "the new shop-api-1 is unhealthy" }, web: ofWeb },
        failure: ofWeb,
      },
    ]);
  });

  it("what depends on it, which was not to follow before it stands", () => {
    const words: Services = { api: { probed: true }, web: { dependsOn: { api: "healthy" } }, worker: {} };
    const end = settled(failing(of(1, words), of(2, words), ["api:2"]));
    expect(linesOf(end)).toEqual(["api-1 api:1", "web-1 web:1", "worker-1 worker:2"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["api", "web"] }]);
  });

  it("nothing else, where it is new: it is dismissed, with what depends on it", () => {
    const added: Services = { api: { probed: true }, site: { dependsOn: { api: "healthy" } }, web: {} };
    const end = settled(failing(of(1, { web: {} }), of(2, added), ["api:2"]));
    expect(linesOf(end)).toEqual(["web-1 web:2"]);
    expect(end.world.inventory.map(({ service }) => service)).toEqual(["web"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["api", "site"] }]);
  });

  it("the whole stack, where that is what another one asks for", () => {
    const next = { ...after, web: { ...after["web"], update: {} } };
    const end = failing(before, next, ["api:2"])
      .end()
      .fated(ill(["api:2", "web:2"]))
      .end();
    expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:1", "db-2 db:1", "web-1 web:1"]);
    expect(end.world.rollouts[0]).toMatchObject({ phase: "rolled-back", takenBack: undefined });
  });
});

it("what has left the file stays until a revision has succeeded whole", () => {
  const { web = {}, api = {} } = after;
  const end = settled(failing(before, { web, api }, ["api:2"]));
  expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:1", "db-2 db:1", "web-1 web:2"]);
  const next = settled(end.wish(desire(aStack("shop", { web, api: { ...api, image: "api:3" } }))));
  expect(linesOf(next)).toEqual(["api-1 api:3", "web-1 web:2"]);
});

it("a service that is irreversible holds nothing but its own way back", () => {
  const held: Services = {
    ...after,
    db: { ...after["db"], update: { ...alone, irreversible: true, failureAction: "pause" } },
  };
  const stands = failing(before, held, []).end();
  for (const moment of [failing(before, held, ["api:2"]), stands.fated(ill(["api:2"]))]) {
    const end = settled(moment);
    expect(linesOf(end)).toContain("db-1 db:2");
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: ["api"] }]);
  }
});

it("a service is held where something irreversible would go back with it, and has run", () => {
  const web = { update: { irreversible: true, failureAction: "pause" } } as const;
  const words: Services = { api: { probed: true }, web: { ...web, dependsOn: { api: "healthy" } } };
  const stands = failing(of(1, words), of(2, words), []).end();
  const end = settled(stands.fated(ill(["api:2"])));
  expect(linesOf(end)).toEqual(["api-1 api:2", "web-1 web:2"]);
  expect(end.world.rollouts).toMatchObject([{ phase: "failed" }]);
});

it("a canary of another service still waits for somebody", () => {
  const canary: Services = {
    ...after,
    db: { replicas: 2, image: "db:2", update: { ...alone, canary: { count: 1 } } },
  };
  const end = settled(failing(before, canary, ["api:2"]));
  expect(linesOf(end)).toEqual(["api-1 api:1", "db-1 db:2", "db-2 db:1", "web-1 web:2"]);
  expect(end.world.rollouts).toMatchObject([{ phase: "rolling", awaiting: ["db"], takenBack: ["api"] }]);
});

it("a job of it is not done again", () => {
  const words: Services = { api: { probed: true, dependsOn: { seed: "completed" } }, seed: { job: true } };
  const completes = (standing: Standing): Standing =>
    standing.change(({ service }) =>
      service === "seed" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
    );
  const first = completes(stand(of(1, words))).end();
  const rolled = completes(first.wish(desire(aStack("shop", of(2, words)))).end()).fated(ill(["api:2"]));
  const starts = settled(rolled).world.observed.containers.filter(({ service }) => service === "seed");
  expect(starts.map(({ state }) => state)).toEqual(["exited"]);
});

it("a service goes back alone that shares a volume with another one, as it did before", () => {
  const words: Services = { api: { probed: true, volume: "data" }, web: { volume: "data" } };
  const end = settled(failing(of(1, words), of(2, words), ["api:2"]));
  expect(linesOf(end)).toEqual(["api-1 api:1", "web-1 web:2"]);
});

describe("the whole stack goes back where in the mix two would have for good", () => {
  const api: ServiceWords = { probed: true };
  it.each<[string, Services, Services, string, readonly string[]]>([
    [
      "a port that has moved from one to the other",
      { api, web: { ...api, port: 80 } },
      { api: { ...api, port: 80 }, web: api },
      "web:2",
      ["api-1 api:1", "web-1 web:1"],
    ],
    [
      "a volume of one that has another name now",
      { api, web: { ...api, volume: "data" } },
      { api, site: { ...api, volume: "data" } },
      "api:2",
      ["api-1 api:1", "web-1 web:1"],
    ],
  ])("%s", (_, first, second, failed, lines) => {
    const end = failing(of(1, first), of(2, second), [failed]).end();
    expect(linesOf(end)).toEqual(lines);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", takenBack: undefined }]);
  });
});

describe("a schedule", () => {
  const [api, cron, web] = [{ probed: true }, { schedule: {} }, {}] as const;
  const isHeld = (standing: Standing): Standing =>
    standing.remember(standing.world.rollouts.map((rollout) => ({ ...rollout, phase: "failed" })));
  it.each<[string, Services, (standing: Standing) => Standing, readonly string[]]>([
    ["that has left begins nothing when something else was taken back", of(2, { api, web }), settled, []],
    ["that has not goes on", of(2, { api, cron, web }), settled, ["create cron"]],
    ["that has left goes on when all was taken back", of(2, { api, web }, {}), settled, ["create cron"]],
    [
      "that has left goes on when what was not taken back is held",
      of(2, { api, web }),
      (standing) => isHeld(settled(standing)),
      ["create cron"],
    ],
  ])("%s", (_, next, become, begun) => {
    const end = become(failing(of(1, { api, cron, web }), next, ["api:2"]));
    const { operations } = step(end.input(now + 7_200_000));
    expect(
      operations.map((each) => `${each.kind} ${"container" in each ? each.container.service : ""}`),
    ).toEqual(begun);
  });
});

it("what is kept as good has a name of its own also where a tag alone was another", () => {
  const api: ServiceWords = { probed: true, image: "app", update: alone };
  const stands = wish({ api, web: { image: "web:1" } }, { api, web: { image: "web:2" } });
  const [before] = stands.world.observed.containers.filter(({ service }) => service === "api");
  const moved = { digest: digestOf("app, moved"), stored: true, onDisk: false };
  const observed = { ...stands.world.observed, images: { ...stands.world.observed.images, app: moved } };
  const there = settled(
    new Standing(
      stands.desired,
      { ...stands.world, observed },
      {
        images: stands.images,
        fate: ({ service, specHash }) => ({
          health: service === "api" && specHash !== before?.specHash ? "unhealthy" : "healthy",
        }),
      },
    ),
  );
  const [rollout] = there.world.rollouts;
  expect(rollout).toMatchObject({ phase: "rolled-back", takenBack: ["api"] });
  expect(rollout?.good?.revision).not.toBe(rollout?.revision);
});
