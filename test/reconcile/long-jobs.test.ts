/** A revision that stands but for a job that is still at work: the next one that fails goes back to it. */
import { describe, expect, it } from "vitest";
import { rolloutEvents } from "../../src/agent/rollout-events.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { type Fate, Standing } from "./rounds.ts";

const oneMinute = 60_000;
const oneHour = 60 * oneMinute;
const once = { job: true, restart: { condition: "none" } } as const;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(web: number, job: number, words: ServiceWords = {}): Desired {
  const migrate = { ...once, image: `migrate:${job}` };
  return desire(aStack("shop", { web: { probed: true, image: `web:${web}`, ...words }, migrate }));
}

/** The first version of the job ends at once, and every other one goes on until something is done to it. */
function fate(...ill: readonly string[]): Fate {
  return (_, image = "") => {
    const [name = ""] = image.split("@");
    if (name === "migrate:1") return { state: "exited", exitCode: 0, finishedAt: now };
    return { health: ill.includes(name) ? "unhealthy" : "healthy" };
  };
}

/** The first revision is good; of the second, the job has been at work for an hour. */
function atWork(...ill: readonly string[]): Standing {
  return new Standing(wish(1, 1), nothing)
    .fated(fate(...ill))
    .end()
    .end(now + oneMinute)
    .wish(wish(2, 2))
    .end(now + oneMinute)
    .end(now + oneHour);
}

/** Of the first one, the job has been at work for an hour. */
function firstAtWork(...ill: readonly string[]): Standing {
  return new Standing(wish(1, 2), nothing)
    .fated(fate(...ill))
    .end()
    .end(now + oneHour);
}

function failed(standing: Standing): Standing {
  return standing.change(({ service }) =>
    service === "migrate" ? { state: "exited", exitCode: 5, finishedAt: now + oneHour } : {},
  );
}

function linesOf({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .map(({ id, state }) => `${images.get(id)?.split("@")[0] ?? ""} ${state}`)
    .sort();
}

function phase({ world }: Standing): string | undefined {
  return world.rollouts[0]?.phase;
}

describe("a revision that stands but for a job at work", () => {
  it.each<[string, Standing, Desired, readonly string[]]>([
    ["with one before", atWork("web:3"), wish(3, 2), ["migrate:2 running", "web:2 running"]],
    ["that is the first", firstAtWork("web:3"), wish(3, 2), ["migrate:2 running", "web:1 running"]],
  ])("is what the next one goes back to, %s, and the job goes on", (_, begun, next, lines) => {
    expect(phase(begun)).toBe("rolling");
    const { revision } = begun.world.rollouts[0] ?? {};
    const [job] = begun.world.observed.containers.filter(({ service }) => service === "migrate");
    for (const round of begun.wish(next).rounds(now + oneHour)) {
      expect(round.world.observed.containers).toContainEqual(job);
      const end = round.end(now + oneHour).end(now + 2 * oneHour); // as after a death of the agent
      expect(linesOf(end)).toEqual(lines);
      expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", good: { revision } }]);
    }
  });

  it("goes back itself where the job fails, whenever the agent has died before", () => {
    for (const round of failed(atWork()).rounds(now + oneHour)) {
      const end = round.end(now + oneHour).end(now + 2 * oneHour);
      expect(linesOf(end)).toEqual(["web:1 running"]);
      expect(phase(end)).toBe("rolled-back");
    }
  });

  it.each<[string, (begun: Standing) => Standing]>([
    ["its job has failed", failed],
    ["its job has failed, and it goes back", (begun) => failed(begun).end(now + oneHour)],
    [
      "another service of it is ill",
      (begun) => begun.change(({ service }) => (service === "web" ? { health: "unhealthy" } : {})),
    ],
  ])("is not gone back to where %s", (_, befall) => {
    const next = befall(atWork("web:3")).wish(wish(3, 3));
    expect(linesOf(next.end(now + oneHour).end(now + 2 * oneHour))).toEqual(["web:1 running"]);
  });

  it("is not gone back to before it has stood for as long as it is watched", () => {
    const begun = new Standing(wish(1, 1), nothing)
      .fated(fate("web:3"))
      .end()
      .end(now + oneMinute)
      .wish(wish(2, 2))
      .end(now + oneMinute);
    const next = begun.wish(wish(3, 2)).end(now + oneMinute + 1_000);
    expect(linesOf(next)).toEqual(["web:1 running"]);
  });

  it.each<[string, (begun: Standing) => Standing]>([
    ["which nobody has seen yet", failed],
    ["and it is through with that", (begun) => failed(begun).end(now + oneHour)],
  ])("is not gone back to where it is the first and its job has failed, %s", (_, befall) => {
    const next = befall(firstAtWork("web:3"))
      .wish(wish(3, 3))
      .end(now + 2 * oneHour);
    expect(next.world.rollouts).toMatchObject([{ phase: "failed" }]);
    expect(next.world.rollouts[0]?.good).toBeUndefined();
  });

  it.each<[string, Standing, Partial<ObservedContainer>]>([
    ["with one before", atWork(), {}],
    ["as the first", firstAtWork(), {}],
    ["as the first, where another one is ill just then", firstAtWork(), { health: "unhealthy" }],
  ])("is told to be done when its job has ended, %s, and not again when it is mended", (_, begun, just) => {
    const over = changed(begun, "migrate", { state: "exited", exitCode: 0 }).fated(() => undefined);
    const through = [...changed(over, "web", just).rounds(now + oneHour)];
    const ill = changed(through.at(-1) ?? over, "web", { health: "unhealthy" });
    const mended = [...ill.rounds(now + oneHour)];
    expect(mended.map(phase)).toContain("rolling");
    expect(tell([...through, ...mended])).toEqual(["rollout-done"]);
  });
});

function changed(standing: Standing, name: string, changes: Partial<ObservedContainer>): Standing {
  return standing.change(({ service }) => (service === name ? changes : {}));
}

function tell(lived: readonly Standing[]): readonly string[] {
  const records = lived.map(({ world }) => world.rollouts);
  return records
    .slice(1)
    .flatMap((after, index) => rolloutEvents({ before: records[index] ?? [], after }))
    .map(({ kind }) => kind);
}
