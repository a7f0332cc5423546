import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { atTime } from "../../src/agent/clock-timer.ts";

const start = Date.parse("2026-01-01T00:00Z");
const day = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

describe("a timer by the clock", () => {
  it.each([
    ["at once", 0],
    ["in a moment", 20],
    ["tomorrow", day],
  ])("rings at its time, and once: %s", async (_when, delayMs) => {
    const ring = vi.fn();
    using _timer = atTime(start + delayMs, ring);
    if (delayMs > 0) await vi.advanceTimersByTimeAsync(delayMs - 1);
    expect(ring).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ring).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(day);
    expect(ring).toHaveBeenCalledOnce();
  });

  it("does not ring at once where its time is further away than setTimeout can wait", async () => {
    const ring = vi.fn();
    using _timer = atTime(start + 60 * day, ring);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(ring).not.toHaveBeenCalled();
  });

  it("does not ring for a time that has passed before its caller goes on", () => {
    const ring = vi.fn();
    using _timer = atTime(start - 1, ring);
    expect(ring).not.toHaveBeenCalled();
  });

  it.each([
    ["forward, past its time", 56 * 365 * day],
    ["forward, not as far", 5_000],
    ["back", -7 * day],
    ["back by seconds", -5_000],
  ])("rings soon after the clock was set %s", async (_how, byMs) => {
    const ring = vi.fn();
    using _timer = atTime(start + day, ring);
    await vi.advanceTimersByTimeAsync(3_600_000);
    vi.setSystemTime(Date.now() + byMs);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ring).toHaveBeenCalledOnce();
  });

  it.each([300, -300])("does not where a clock is kept in time: %i ms", async (byMs) => {
    const ring = vi.fn();
    using _timer = atTime(start + day, ring);
    vi.setSystemTime(Date.now() + byMs);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(ring).not.toHaveBeenCalled();
  });

  it("rings no more once it is given up", async () => {
    const ring = vi.fn();
    atTime(start + 1_000, ring)[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(day);
    expect(ring).not.toHaveBeenCalled();
  });
});
