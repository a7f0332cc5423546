import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarms } from "../../src/agent/alarms.ts";
import { aStack, desire } from "../reconcile/build.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whether the loop is woken at this time, within the minute before which it was not. */
async function isWokenAt(time: string, cron: string, timeZone = "UTC"): Promise<boolean> {
  const wake = vi.fn();
  vi.setSystemTime(Date.parse(time) - 60_000);
  using alarms = new Alarms({ wake });
  alarms.set(desire(aStack("shop", { backup: { schedule: { cron, timeZone } } })));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(wake).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1_000);
  return wake.mock.calls.length > 0;
}

/** January 1 of 2026 is a Thursday. */
describe("the loop is woken", () => {
  it.each([
    ["each day", "0 4 * * *", "2026-01-01T04:00Z"],
    ["on a day of the month, though another one of the week is named", "0 4 1 * 5L", "2026-01-01T04:00Z"],
    ["on a day of the week, though another one of the month is named", "0 4 1 * 5L", "2026-01-30T04:00Z"],
    ["on days that are never one", "0 4 20 * 1#1", "2026-01-05T04:00Z"],
    ["on the last day of a month", "0 4 L * *", "2026-01-31T04:00Z"],
    ["on a day that few years have", "0 4 29 2 *", "2028-02-29T04:00Z"],
    ["on one that is rarer still", "0 4 * 2 1#5", "2044-02-29T04:00Z"],
    ["at seconds", "30 0 4 1 * 5L", "2026-01-01T04:00:30Z"],
    ["by a name", "@monthly", "2026-02-01T00:00Z"],
    ["by the clocks of a zone", "0 4 1 7 *", "2026-07-01T02:00Z", "Europe/Berlin"],
  ])("%s: %s", async (_what, cron, time, zone?: string) => {
    expect(await isWokenAt(time, cron, zone)).toBe(true);
  });

  it("no more once a schedule has gone", async () => {
    const wake = vi.fn();
    vi.setSystemTime(Date.parse("2026-01-01T03:59Z"));
    using alarms = new Alarms({ wake });
    alarms.set(desire(aStack("shop", { backup: { schedule: { cron: "0 4 * * *" } } })));
    alarms.set(desire(aStack("shop", { backup: {} })));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(wake).not.toHaveBeenCalled();
  });
});
