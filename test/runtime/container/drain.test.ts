/** For how long a container that is to stop waits for the connections that it has. */
import { expect, it } from "vitest";
import { untilQuiet } from "../../../src/runtime/container/drain.ts";

type Look = "quiet" | "open" | "ended" | Error;

/** What is seen at each look, the last one again and again; how many looks there were. */
async function looksUntilQuiet(timeoutMs: number, looks: readonly Look[]): Promise<number> {
  let count = 0;
  await untilQuiet(timeoutMs, () => {
    const seen = looks[count] ?? looks.at(-1) ?? "open";
    count += 1;
    return seen instanceof Error ? Promise.reject(seen) : Promise.resolve(seen);
  });
  return count;
}

const failure = new Error("conntrack exited with 1");

it.each<[string, readonly Look[], number]>([
  ["until it was quiet twice", ["open", "quiet", "quiet"], 3],
  ["twice in a row", ["quiet", "open", "quiet", "quiet"], 4],
  ["until the container has ended", ["open", "ended"], 2],
  ["beyond a look that fails", ["quiet", failure, "quiet", "quiet"], 4],
])("it looks %s", async (_, looks, count) => {
  expect(await looksUntilQuiet(60_000, looks)).toBe(count);
});

it.each<[string, Look]>([
  ["connections that never end", "open"],
  ["looks that all fail", failure],
])("it ends with its time, also with %s", async (_, look) => {
  expect(await looksUntilQuiet(100, [look])).toBeGreaterThan(1);
});

it("gives a look no more time than is left", async () => {
  const times: number[] = [];
  await untilQuiet(100, (leftMs) => {
    times.push(leftMs);
    return Promise.resolve("open");
  });
  expect(Math.max(...times)).toBeLessThanOrEqual(100);
});
