import { describe, expect, test } from "vitest";
import type { Probe, ProbeKind, Probes } from "../../../src/model/probe.ts";
import { beginHealth, type Health, type ProbeResult } from "../../../src/runtime/health/health.ts";
import { afterStage, dueStages } from "../../../src/runtime/health/staged-health.ts";

const probe: Probe = {
  action: { kind: "tcp", port: 80 },
  initialDelayMs: 0,
  intervalMs: 10_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 2,
};

const kinds: Readonly<Record<string, ProbeKind>> = { s: "startup", l: "liveness", r: "readiness" };
const outcomes = { "+": "passed", "-": "failed", "~": "timed-out", "?": "not-run" } as const;

/** `s`, `l`, `r`: those that the service has. */
function probesOf(letters: string, changes: Partial<Probe> = {}): Probes {
  const has = letters.split("").map((letter) => [kinds[letter] ?? "", { ...probe, ...changes }] as const);
  return Object.fromEntries(has);
}

/** `r+ l-`: readiness succeeds, then liveness fails. Each takes half a second, and begins when it is due. */
function run(words: string, probes: Probes): Health {
  return words.split(" ").reduce((health, [letter = "", sign = ""]) => {
    const kind = kinds[letter];
    if (kind === undefined) return health;
    const beganAt = dueStages(health, probes).find((due) => due.kind === kind)?.at ?? Number.NaN;
    const outcome = outcomes[sign as keyof typeof outcomes];
    const result: ProbeResult = { beganAt, endedAt: beganAt + 500, outcome, output: sign };
    return afterStage(health, { kind, result, probes });
  }, beginHealth(0));
}

describe("the state of a container after its probes", () => {
  test.each([
    ["it starts", "slr", "", "starting"],
    ["startup alone is no readiness", "slr", "s+", "starting"],
    ["nor with liveness", "slr", "s+ l+", "starting"],
    ["all have succeeded once", "slr", "s+ l+ r+", "healthy"],
    ["in any order", "slr", "s+ r+ l+", "healthy"],
    ["startup is all it has", "s", "s+", "healthy"],
    ["a failure below the threshold changes nothing", "lr", "l+ r+ l- r-", "healthy"],
    ["readiness that fails is no illness", "lr", "l+ r+ r- r-", "unready"],
    ["and succeeds again", "lr", "l+ r+ r- r- r+", "healthy"],
    ["readiness that never succeeded", "lr", "l+ r- r- r-", "starting"],
    ["liveness that fails is one, whatever readiness says", "lr", "l+ r+ l- l- r+", "unhealthy"],
    ["also where it never succeeded", "l", "l- l-", "unhealthy"],
    ["failures have to be in a row", "l", "l- l+ l-", "healthy"],
    ["what takes too long fails", "l", "l~ l~", "unhealthy"],
    ["what could not be done does not", "l", "l+ l? l? l?", "healthy"],
    ["and does not break a row", "l", "l+ l- l? l-", "unhealthy"],
    ["startup fails", "slr", "s- s-", "unhealthy"],
    ["and succeeds after all", "sl", "s- s- s+ l+", "healthy"],
    ["liveness succeeds again by itself", "lr", "l+ r+ l- l- l+", "healthy"],
    ["and readiness, that failed meanwhile, not yet", "lr", "l+ r+ l- l- r- r- l+", "unready"],
  ] as const)("%s (%s: %s)", (_, has, words, state) => {
    expect(run(words, probesOf(has))).toMatchObject({ state });
  });

  test.each([
    ["one success is not enough", "r+", "starting"],
    ["two are", "r+ r+", "healthy"],
    ["two in a row", "r+ r- r+", "starting"],
    ["to come back, too", "r+ r+ r- r- r+", "unready"],
  ] as const)("with a success threshold of 2, %s (%s)", (_, words, state) => {
    expect(run(words, probesOf("r", { successThreshold: 2 }))).toMatchObject({ state });
  });

  test("it is known since when", () => {
    const probes = probesOf("r");
    expect(run("r+", probes).changedAt).toBe(500);
    expect(run("r+ r- r-", probes).changedAt).toBe(20_500);
    expect(run("r+ r- r- r-", probes).changedAt).toBe(20_500);
  });

  test("the last five probes of each kind are kept, the newest last", () => {
    const { probes } = run("l+ r+ r- r- r- r- r- r+", probesOf("lr"));
    expect(probes.map(({ probe, output }) => `${probe} ${output}`)).toEqual([
      "liveness +",
      "readiness -",
      "readiness -",
      "readiness -",
      "readiness -",
      "readiness +",
    ]);
  });
});

describe("which probes are due", () => {
  test.each([
    ["startup alone", "slr", "", {}, "startup 0"],
    ["again after its interval", "slr", "s-", {}, "startup 10000"],
    ["the others, as soon as it has succeeded", "slr", "s- s+", {}, "liveness 10500, readiness 10500"],
    ["each at its own pace", "slr", "s+ l+", {}, "liveness 10500, readiness 500"],
    ["at once where there is no startup", "lr", "", {}, "liveness 0, readiness 0"],
    ["after the delay", "lr", "", { initialDelayMs: 3_000 }, "liveness 3000, readiness 3000"],
    ["the delay is from the start", "sl", "s+", { initialDelayMs: 3_000 }, "liveness 3500"],
    ["an interval is from beginning to beginning", "l", "l+ l+", {}, "liveness 20000"],
    ["but one ends before the next", "l", "l+", { intervalMs: 100 }, "liveness 500"],
  ] as const)("%s (%s: %s)", (_, has, words, changes, due) => {
    const probes = probesOf(has, changes);
    const said = dueStages(run(words, probes), probes).map(({ kind, at }) => `${kind} ${at}`);
    expect(said.join(", ")).toBe(due);
  });
});
