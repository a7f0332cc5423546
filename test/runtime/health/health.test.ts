import { describe, expect, test } from "vitest";
import type { Healthcheck } from "../../../src/model/healthcheck.ts";
import {
  afterProbe,
  beginHealth,
  nextProbeAt,
  type Health,
  type ProbeResult,
} from "../../../src/runtime/health/health.ts";

const check: Healthcheck = {
  command: ["true"],
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
};

const outcomes = { P: "passed", F: "failed", T: "timed-out", N: "not-run" } as const;

/** Each letter is a probe that takes a second; the next begins when it is due. */
function run(letters: string, changes: Partial<Healthcheck> = {}): Health {
  const own = { ...check, ...changes };
  return letters.split("").reduce((health, letter) => {
    const beganAt = nextProbeAt(health, own);
    const outcome = outcomes[letter as keyof typeof outcomes];
    const result: ProbeResult = { beganAt, endedAt: beganAt + 1_000, outcome, output: letter };
    return afterProbe(health, result, own);
  }, beginHealth(0));
}

describe("the state of a container after its probes", () => {
  test.each([
    ["no probe yet", "", {}, "starting", 0],
    ["the first success makes it healthy", "P", {}, "healthy", 0],
    ["fewer failures than retries leave it starting", "FF", {}, "starting", 2],
    ["as many failures as retries make it unhealthy", "FFF", {}, "unhealthy", 3],
    ["a probe that took too long is a failure", "TFT", {}, "unhealthy", 3],
    ["failures have to be in a row", "PFFPFF", {}, "healthy", 2],
    ["a healthy one fails like a starting one", "PFFF", {}, "unhealthy", 3],
    ["one success ends being unhealthy", "FFFP", {}, "healthy", 0],
    ["it fails on", "FFFFF", {}, "unhealthy", 5],
    ["a probe that could not run is no failure", "NNNNN", {}, "starting", 0],
    ["and no success", "FFNF", {}, "unhealthy", 3],
    ["one retry is enough where one is asked for", "F", { retries: 1 }, "unhealthy", 1],
    ["failures in the start period do not count", "FFFFF", { startPeriodMs: 600_000 }, "starting", 0],
    ["but a success in it does", "FFP", { startPeriodMs: 600_000 }, "healthy", 0],
    ["and then failures do, in it, too", "PFFF", { startPeriodMs: 600_000 }, "unhealthy", 3],
    ["after the start period they count", "FFFF", { startPeriodMs: 8_000 }, "unhealthy", 3],
  ] as const)("%s: %s", (_, letters, changes, state, failures) => {
    expect(run(letters, changes)).toMatchObject({ state, failures });
  });

  test("the last five probes are kept, the newest last", () => {
    expect(run("FPNTFPF").probes.map(({ output }) => output)).toEqual(["N", "T", "F", "P", "F"]);
  });
});

describe("when the next probe is due", () => {
  test.each([
    ["an interval after the start", "", {}, 30_000],
    ["an interval after the end of the last one", "P", {}, 61_000],
    ["also after a failure", "F", {}, 61_000],
    ["sooner in the start period", "", { startPeriodMs: 20_000 }, 5_000],
    ["still sooner while it is starting", "F", { startPeriodMs: 20_000 }, 11_000],
    ["at the usual pace once it was healthy", "P", { startPeriodMs: 20_000 }, 36_000],
    ["at the usual pace once the period is over", "FF", { startPeriodMs: 12_000 }, 42_000],
  ] as const)("%s", (_, letters, changes, at) => {
    expect(nextProbeAt(run(letters, changes), { ...check, ...changes })).toBe(at);
  });
});
