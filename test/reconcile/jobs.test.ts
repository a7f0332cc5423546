import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const index: Words = { index: { job: true, replicas: 5, update: { parallelism: 2 } } };

function begin(words: Words): Standing {
  return new Standing(desire(aStack("shop", words)), { observed: emptyWorld, inventory: [], rollouts: [] });
}

function said(operation: Operation): string {
  if (!("container" in operation)) return operation.kind;
  return `${operation.kind} ${operation.container.service} ${operation.container.slot}`;
}

function next(standing: Standing, at = now): readonly string[] {
  return step(standing.input(at)).operations.map(said);
}

/** Those of these slots have ended so. */
function ended(standing: Standing, slots: readonly number[], exitCode = 0): Standing {
  return standing.change(({ slot, state }) =>
    slots.includes(slot) && state === "running" ? { state: "exited", exitCode, finishedAt: now } : {},
  );
}

function states(standing: Standing): readonly string[] {
  return standing.world.observed.containers
    .map(({ slot, state }: ObservedContainer) => `${slot} ${state}`)
    .sort();
}

/** Its second version is ill. */
function migrating(image: string): Words {
  return { migrate: { job: true, image }, web: { image, probed: true, dependsOn: { migrate: "completed" } } };
}

/** It stands; each image that the job runs, from now on too, is added to `runs`. */
function migrated(image: string, runs: (string | undefined)[]): Standing {
  const stands = begin(migrating(image)).fated(({ service }, found) => {
    if (service !== "migrate") return found === "busybox:2" ? { health: "unhealthy" } : undefined;
    runs.push(found);
    return { state: "exited", exitCode: 0, finishedAt: now };
  });
  return stands.end().end(now + 60_000);
}

function services({ world }: Standing): readonly string[] {
  return world.observed.containers.map(({ service, state }) => `${service} ${state}`).sort();
}

describe("a job", () => {
  it("has as many runs under way as its parallelism says, and each slot has one", () => {
    const first = begin(index).end();
    expect(states(first)).toEqual(["1 running", "2 running", "3 created", "4 created", "5 created"]);
    expect(next(ended(first, [2]))).toEqual([]);
    expect(next(ended(first, [1]))).toEqual(["start index 3"]);
    expect(next(ended(first, [1, 2]))).toEqual(["start index 3", "start index 4"]);
    const third = ended(ended(first, [1, 2]).end(), [3, 4]).end();
    const last = ended(third, [5]).end();
    expect(states(last)).toEqual(["1 exited", "2 exited", "3 exited", "4 exited", "5 exited"]);
    expect(last.world.rollouts).toMatchObject([{ phase: "done" }]);
  });

  it("has no more of them under way where none of its runs is ever started again", () => {
    const once: Words = { index: { ...index["index"], restart: { condition: "none" } } };
    expect(states(begin(once).end())).toEqual(states(begin(index).end()));
  });

  it("that has completed is not run again, and is when its spec changes", () => {
    const once: Words = { migrate: { job: true } };
    const done = ended(begin(once).end(), [1]).end();
    expect(next(done, now + 3_600_000)).toEqual([]);
    const changed = { migrate: { job: true, environment: { MODE: "new" } } };
    const again = done.wish(desire(aStack("shop", changed)));
    const { operations } = simulate(again.input(now), digestOf);
    expect(operations.map(({ operation }) => said(operation))).toEqual([
      "create migrate 1",
      "start migrate 1",
      "remove migrate 1",
    ]);
  });

  it("that fails is run again as its restart policy says, and keeps its turn meanwhile", () => {
    const failed = ended(begin(index).end(), [1], 1);
    expect(next(failed)).toEqual(["start index 1"]);
  });

  it("that is given up fails the update that brought it, and what waits for it is not touched", () => {
    const before = begin({ web: {} }).end(now);
    const stands = before.end(now + 60_000);
    const after: Words = {
      web: { environment: { MODE: "new" }, dependsOn: { migrate: "completed" } },
      migrate: { job: true, restart: { condition: "none" } }, // the same spec as web had
    };
    const failing = stands
      .wish(desire(aStack("shop", after)))
      .fated(({ service }) =>
        service === "migrate" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
      );
    const web = stands.world.observed.containers;
    const back = failing.end(now + 60_000);
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(back.world.observed.containers).toEqual(web);
  });

  it("that is given up keeps back what waits for it also where its failure is tolerated", () => {
    const stands = begin({ web: {} })
      .end()
      .end(now + 60_000);
    const after: Words = {
      web: { environment: { MODE: "new" }, dependsOn: { migrate: "completed" } },
      migrate: { job: true, restart: { condition: "none" }, update: { failureAction: "continue" } },
    };
    const failing = stands
      .wish(desire(aStack("shop", after)))
      .fated(({ service }) =>
        service === "migrate" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
      );
    const [web] = stands.world.observed.containers;
    expect(failing.end(now + 60_000).world.observed.containers).toContainEqual(web);
  });

  it("is not run again where its stack goes back by itself", () => {
    const runs: (string | undefined)[] = [];
    const first = migrated("busybox:1", runs);
    const back = first.wish(desire(aStack("shop", migrating("busybox:2")))).end(now + 60_000);
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(runs).toEqual(["busybox:1", "busybox:2"]);
    expect(services(back)).toEqual(["web running"]);
    expect(next(back, now + 60_000)).toEqual([]);
  });

  it("keeps what it has done for the revision that its stack goes back to", () => {
    const two = (image: string): Words => ({
      index: { job: true, replicas: 2, image, update: { parallelism: 1 }, restart: { condition: "none" } },
    });
    const back = begin(two("busybox:1"))
      .fated((_, image) => ({ state: "exited", exitCode: image === "busybox:2" ? 1 : 0, finishedAt: now }))
      .end()
      .end(now + 60_000)
      .wish(desire(aStack("shop", two("busybox:2"))))
      .end(now + 60_000);
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(states(back)).toEqual(["1 exited", "2 exited"]);
    expect(back.world.observed.containers).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  });

  it("is not run again where somebody sends its stack back, and what waited for it starts", () => {
    const runs: (string | undefined)[] = [];
    const first = migrated("busybox:1", runs);
    const [to] = first.world.rollouts.flatMap(({ good }) => good ?? []);
    if (to === undefined) throw new Error("it never stood");
    const other = desire(aStack("shop", { api: {} }));
    const second = first.wish(other).end(now + 60_000);
    expect(services(second)).toEqual(["api running"]);
    const stacks = other.stacks.map((each) => ({ ...each, back: { by: "alice", since: now, to } }));
    const back = second.wish({ ...other, stacks }).end(now + 60_000);
    expect(services(back)).toEqual(["web running"]);
    expect(runs).toEqual(["busybox:1"]);
  });

  it("is left alone however ill it is", () => {
    const ill = begin({ index: { job: true, probed: true } })
      .end()
      .change(({ state }) => (state === "running" ? { health: "unhealthy" } : {}));
    expect(next(ill, now + 3_600_000)).toEqual([]);
  });

  it.each(["none", "on-failure"] as const)(
    "has completed when it ends with 0, however ill it was, where it is started again on %s",
    (condition) => {
      const wish = desire(
        aStack("shop", {
          web: { dependsOn: { index: "completed" } },
          index: { job: true, probed: true, restart: { condition } },
        }),
      );
      const ill = begin({ old: {} })
        .end(now - 60_000)
        .end()
        .wish(wish)
        .end()
        .change(({ service }) => (service === "index" ? { health: "unhealthy" } : {}));
      const through = ended(ill, [1]).end();
      expect(services(through)).toEqual(["index exited", "web running"]);
      expect(through.world.rollouts[0]).not.toHaveProperty("failure");
    },
  );

  it("that is ill is no failure of the update that brought it", () => {
    const ill = begin({ web: {} })
      .end(now - 60_000)
      .end()
      .wish(desire(aStack("shop", { web: {}, index: { job: true, probed: true } })))
      .fated(({ service }) => (service === "index" ? { health: "unhealthy" } : undefined));
    const { rollouts } = ill.end().world;
    expect(rollouts[0]?.phase).toBe("rolling");
    expect(rollouts[0]).not.toHaveProperty("failure");
  });

  describe("of a new revision", () => {
    const oneMinute = 60_000;
    const oneHour = 60 * oneMinute;
    const once = { job: true, restart: { condition: "none" } } as const;
    const rolling = (words: Words): Standing =>
      begin({ web: {} })
        .end()
        .end(now + oneMinute)
        .wish(desire(aStack("shop", { web: { environment: { MODE: "new" } }, ...words })))
        .end(now + oneMinute)
        .end(now + 2 * oneMinute);
    const phase = ({ world }: Standing): string | undefined => world.rollouts[0]?.phase;

    it("keeps its rollout under way for as long as it takes, and nobody waits for it that need not", () => {
      const begun = rolling({ index: once, api: { dependsOn: { index: "started" } } });
      expect(services(begun)).toEqual(["api running", "index running", "web running"]);
      const later = begun.end(now + oneHour);
      expect(phase(later)).toBe("rolling");
      const done = ended(later, [1], 0).change(({ service }) =>
        service === "index" ? {} : { state: "running", exitCode: null },
      );
      expect(phase(done.end(now + oneHour).end(now + oneHour + oneMinute))).toBe("done");
    });

    it("takes its stack back where it fails, however late", () => {
      const later = rolling({ index: once }).end(now + oneHour);
      const failed = later.change(({ service }) =>
        service === "index" ? { state: "exited", exitCode: 5, finishedAt: now + oneHour } : {},
      );
      const back = failed.end(now + oneHour);
      expect(phase(back)).toBe("rolled-back");
      expect(back.world.rollouts[0]?.failure?.message).toBe("the new shop-index-1 exited with 5");
      expect(services(back)).toEqual(["web running"]);
    });

    it.each<[string, ServiceWords, Partial<ObservedContainer>]>([
      ["where its file writes one", { update: { progressDeadlineMs: 300_000 } }, {}],
      ["where it has failed before", {}, { restartStreak: 1 }],
    ])("has a deadline %s", (_, words, changes) => {
      const begun = rolling({ index: { job: true, ...words } }).change(({ service }) =>
        service === "index" ? changes : {},
      );
      const { wakeAt = Infinity } = step(begun.input(now + 2 * oneMinute));
      expect(wakeAt).toBeLessThan(now + oneHour);
      expect(phase(begun.end(wakeAt))).toBe("rolled-back");
    });

    it.each<[string, Words, number, ((index: ObservedContainer) => Partial<ObservedContainer>)?]>([
      ["a day", { index: once }, 24 * oneHour],
      ["a day however ill it is", { index: once }, 24 * oneHour, () => ({ health: "unhealthy" })],
      [
        "a day while any of its runs is the first in its slot",
        { index: { job: true, replicas: 2, update: { parallelism: 2 } } },
        24 * oneHour,
        ({ slot }) => ({ restartStreak: slot - 1 }),
      ],
      [
        "a day where another one waits for it",
        { index: once, api: { dependsOn: { index: "completed" } } },
        24 * oneHour,
      ],
      [
        "more where it may take longer to be healthy",
        { index: { ...once, update: { healthyDeadlineMs: 30 * oneHour } } },
        30 * oneHour + 5 * oneMinute,
      ],
    ])("has %s where its file writes none", (_, words, deadline, befall = () => ({})) => {
      const begun = rolling(words).change((each) => (each.service === "index" ? befall(each) : {}));
      const { wakeAt = Infinity } = step(begun.input(now + 2 * oneMinute));
      expect(wakeAt - now).toBe(deadline + oneMinute);
      expect(phase(begun.end(wakeAt - 1))).toBe("rolling");
      expect(phase(begun.end(wakeAt))).toBe("rolled-back");
    });

    it("has the default one for its hooks", () => {
      const begun = rolling({ index: once }).change(({ service }) => ({ hooksPending: service === "index" }));
      const at = now + 2 * oneMinute;
      const { operations } = step(begun.input(at));
      expect(operations.map(said)).toEqual(["start index 1"]);
      const { wakeAt = Infinity } = step({ ...begun.input(at), inFlight: operations });
      expect(wakeAt).toBeLessThan(now + oneHour);
    });

    it("has its whole time again when one of several runs has ended", () => {
      const update = { parallelism: 2, progressDeadlineMs: 5 * oneMinute };
      const begun = rolling({ index: { job: true, replicas: 2, update } });
      const fourMinutes = now + 4 * oneMinute;
      const one = begun.change(({ service, slot }) =>
        service === "index" && slot === 1 ? { state: "exited", exitCode: 0, finishedAt: fourMinutes } : {},
      );
      expect(step(begun.input(fourMinutes)).wakeAt).toBe(now + 6 * oneMinute);
      expect(step(one.end(fourMinutes).input(fourMinutes)).wakeAt).toBe(now + 9 * oneMinute);
    });

    it("has the default one of nobody who waits for it, and each that is written", () => {
      const patient = rolling({ index: once, api: { dependsOn: { index: "completed" } } });
      expect(phase(patient.end(now + oneHour))).toBe("rolling");
      const update = { progressDeadlineMs: 5 * oneMinute };
      const hasty = rolling({ index: once, api: { dependsOn: { index: "completed" }, update } });
      expect(phase(hasty.end(now + oneHour))).toBe("rolled-back");
    });

    it("is planned to its end also where it is under way", () => {
      const begun = rolling({ index: once, api: { dependsOn: { index: "completed" } } });
      const plan = simulate(begun.input(now + 2 * oneMinute), digestOf);
      expect(plan.operations.map(({ operation }) => said(operation))).toEqual(["start api 1"]);
      expect(plan.openEnds).toEqual([]);
    });

    it("is not waited for by the next one, of which it is no news", () => {
      const words: Words = { index: once };
      const done = rolling(words)
        .change(({ service }) =>
          service === "index" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
        )
        .end(now + 3 * oneMinute)
        .end(now + 4 * oneMinute);
      expect(phase(done)).toBe("done");
      const again = done.without(({ service }) => service === "index").end(now + 4 * oneMinute);
      expect(services(again)).toEqual(["index running", "web running"]);
      expect(phase(again)).toBe("done");
      const next = again.wish(desire(aStack("shop", { web: { environment: { MODE: "newer" } }, ...words })));
      expect(phase(next.end(now + 5 * oneMinute).end(now + 6 * oneMinute))).toBe("done");
    });
  });

  it("is planned in the order of its runs", async () => {
    const words: Words = { ...index, web: { dependsOn: { index: "completed" } } };
    const plan = simulate(anInput(desire(aStack("shop", words))), digestOf);
    await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot("golden/job.txt");
  });
});
