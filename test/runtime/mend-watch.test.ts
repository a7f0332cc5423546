import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MendWatch } from "../../src/runtime/mend-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what has died is looked for twice a second, so that it is back within one", async () => {
  let looks = 0;
  await using _watch = new MendWatch([{ mend: () => Promise.resolve(void (looks += 1)) }]);
  await vi.advanceTimersByTimeAsync(499);
  expect(looks).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks).toBe(1);
  await vi.advanceTimersByTimeAsync(9_500);
  expect(looks).toBe(20);
});

test("a look that lasts has no second one beside it, one that fails is followed by the next, and all parts have theirs", async () => {
  const ends: (() => void)[] = [];
  let others = 0;
  const slow = { mend: () => new Promise<void>((resolve) => ends.push(resolve)) };
  const failing = { mend: () => Promise.reject(new Error(`no. ${(others += 1)}`)) };
  const watch = new MendWatch([slow, failing]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect([ends.length, others]).toEqual([1, 1]);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(500);
  expect([ends.length, others]).toEqual([2, 2]);

  let isOver = false;
  const over = watch[Symbol.asyncDispose]().then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isOver, "a look is waited for").toBe(false);
  ends[1]?.();
  await over;
  expect(ends).toHaveLength(2);
});
