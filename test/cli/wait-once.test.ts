import { expect, test } from "vitest";
import { waitOnce } from "../../src/cli/commands/wait-once.ts";

const second = 1_000;

test("what failed is waited for once, however often it is to be tried again after as long", () => {
  const onIdle = waitOnce(10 * second);
  expect(onIdle(10 * second, 0)).toBe(10 * second);
  expect(onIdle(10 * second, 4 * second), "woken before").toBe(10 * second);
  expect(onIdle(20 * second, 10 * second)).toBe(true);
});

test.each<[string, number | undefined]>([
  ["later", 11 * second],
  ["never", undefined],
])("what is tried again %s is not waited for", (_, wakeAt) => {
  expect(waitOnce(10 * second)(wakeAt, 0)).toBe(true);
});
