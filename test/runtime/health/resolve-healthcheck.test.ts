import { describe, expect, test } from "vitest";
import { resolveHealthcheck } from "../../../src/runtime/health/resolve-healthcheck.ts";

const docker = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
};

describe("the healthcheck of a container", () => {
  test.each([
    ["a line is for the shell", { test: ["CMD-SHELL", "curl x"] }, ["/bin/sh", "-c", "curl x"]],
    ["words are a command", { test: ["CMD", "curl", "x"] }, ["curl", "x"]],
  ])("%s", (_, service, command) => {
    expect(resolveHealthcheck(service, undefined)).toEqual({ ...docker, command });
  });

  test.each([
    ["neither says anything", undefined, undefined],
    ["the image says none", undefined, { test: ["NONE"] }],
    ["the service turns the image's off", { test: ["NONE"] }, { test: ["CMD", "true"] }],
    ["nobody has a test", { intervalMs: 5 }, { test: [] }],
    ["the test has no command", { test: ["CMD"] }, undefined],
  ])("there is none where %s", (_, service, image) => {
    expect(resolveHealthcheck(service, image)).toBeUndefined();
  });

  test("what the service leaves out is the image's, and what both leave out is Docker's", () => {
    const service = { intervalMs: 1_000, retries: 0 };
    const image = { test: ["CMD", "check"], intervalMs: 9_000, retries: 7, timeoutMs: 2_000 };
    expect(resolveHealthcheck(service, image)).toEqual({
      ...docker,
      command: ["check"],
      intervalMs: 1_000,
      retries: 7,
      timeoutMs: 2_000,
    });
  });
});
