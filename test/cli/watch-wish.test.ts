import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchWish } from "../../src/cli/commands/watch-wish.ts";
import type { Source } from "../../src/source/types.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** No file event comes of it: the kernel has lost them all. */
const silent: Pick<Source, "watch"> = {
  watch: () => ({ [Symbol.asyncDispose]: () => Promise.resolve() }),
};

it.each([
  ["an agent that watches looks again at all of it", silent, "refresh"],
  ["a run that reads its files once looks again at what was said", undefined, "hear"],
] as const)("%s each minute, although nobody tells it of a change, until it ends", async (_, source, at) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "watch-"));
  const wish = { refresh: vi.fn(), hear: vi.fn() };
  const look = wish[at];
  const watching = await watchWish({ source, dataDir: folder.path }, wish);
  const looksWithin = (ms: number): number => {
    const before = look.mock.calls.length;
    vi.advanceTimersByTime(ms); // nothing else can happen meanwhile
    return look.mock.calls.length - before;
  };
  expect([59_999, 1, 60_000, 600_000].map(looksWithin)).toEqual([0, 1, 1, 10]);
  await watching[Symbol.asyncDispose]();
  expect(looksWithin(600_000)).toBe(0);
});
