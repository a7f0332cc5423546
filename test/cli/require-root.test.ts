import { expect, test } from "vitest";
import { requireRoot } from "../../src/cli/require-root.ts";

test("what uses the data directory needs root", () => {
  expect(() => requireRoot("reconcile", 1000)).toThrow("reconcile needs root");
  expect(() => requireRoot("ps", undefined)).toThrow("ps needs root");
  expect(() => requireRoot("reconcile", 0)).not.toThrow();
});

test.each(["validate", "config", "doctor", "version"])("%s is for anyone", (command) => {
  expect(() => requireRoot(command, 1000)).not.toThrow();
});
