import { afterEach, describe, expect, it, vi } from "vitest";
import { createWaker } from "../../src/agent/waker.ts";

const never = new AbortController().signal;

it("does not sleep where it was woken before", async () => {
  const waker = createWaker();
  waker.wake();
  waker.wake();
  await waker.wait({ signal: never });
});

it("sleeps until it is woken", async () => {
  const waker = createWaker();
  const asleep = waker.wait({ signal: never });
  waker.wake();
  await asleep;
});

it("sleeps until its time, also one that has passed", async () => {
  const waker = createWaker();
  await waker.wait({ until: Date.now() + 5, signal: never });
  await waker.wait({ until: 0, signal: never });
});

it("does not sleep once its signal is aborted", async () => {
  const stop = new AbortController();
  const waker = createWaker();
  const asleep = waker.wait({ signal: stop.signal });
  stop.abort();
  await asleep;
  await waker.wait({ signal: stop.signal });
});

describe("the clock set back a day between two sleeps", () => {
  afterEach(() => void vi.useRealTimers());

  it("ends the second one soon, whatever it was to last", async () => {
    vi.useFakeTimers();
    const waker = createWaker();
    waker.wake();
    await waker.wait({ signal: never });
    const until = Date.now() + 60_000;
    vi.setSystemTime(Date.now() - 86_400_000);
    const awake = vi.fn();
    const asleep = waker.wait({ until, signal: never }).then(awake);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(awake).toHaveBeenCalled();
    await asleep;
  });
});
