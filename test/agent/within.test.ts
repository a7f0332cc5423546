import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { within } from "../../src/agent/within.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ms = 30_000;

describe("work that is told to end", () => {
  it("is waited for without limit before that, and for so long afterwards", async () => {
    const telling = new AbortController();
    const told = vi.fn();
    void within(new Promise(() => undefined), { ms, after: telling.signal }).then(told);
    await vi.advanceTimersByTimeAsync(3_600_000);
    telling.abort();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(told).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toHaveBeenCalledExactlyOnceWith(undefined);
  });

  it.each<[string, AbortSignal]>([
    ["was told so before", AbortSignal.abort()],
    ["nobody told so", new AbortController().signal],
  ])("and ends, though it %s, gives its result and leaves no timer", async (_, after) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const end = within(promise, { ms, after });
    resolve("done");
    expect(await end).toEqual({ result: "done" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is waited for from then on, where that was before", async () => {
    const end = within(new Promise(() => undefined), { ms, after: AbortSignal.abort() });
    await vi.advanceTimersByTimeAsync(ms);
    expect(await end).toBeUndefined();
  });

  it("and fails, fails", async () => {
    const failing = within(Promise.reject(new Error("no")), { ms, after: AbortSignal.abort() });
    await expect(failing).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("in time leaves nobody who listens", async () => {
    const telling = new AbortController();
    await within(Promise.resolve(), { ms, after: telling.signal });
    telling.abort();
    expect(vi.getTimerCount()).toBe(0);
  });
});
