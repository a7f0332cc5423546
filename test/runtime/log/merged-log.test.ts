import fc from "fast-check";
import { expect, test } from "vitest";
import { MergedLog } from "../../../src/runtime/log/merged-log.ts";

interface Line {
  readonly time: number;
  readonly from: number;
}

test("lines of several logs come in order of time, and none is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(1000))), async (logs) => {
      const merged = new MergedLog<Line>();
      logs.forEach((times, from) => void merged.add(() => linesOf(times.toSorted(ascending), from)));
      merged.close();
      const lines = await Array.fromAsync(merged);
      expect(lines.map(({ time }) => time)).toEqual(logs.flat().sort(ascending));
    }),
  );
});

test("a log that is caught up keeps nobody waiting, and may go on later", async () => {
  const merged = new MergedLog<Line>();
  const more = Promise.withResolvers<undefined>();
  void merged.add((onCaughtUp) => waiting({ onCaughtUp, more: more.promise }));
  void merged.add(() => linesOf([2, 3], 1));
  merged.close();
  const seen: number[] = [];
  for await (const { time } of merged) {
    seen.push(time);
    if (time === 3) more.resolve(undefined);
  }
  expect(seen).toEqual([1, 2, 3, 4]);
});

test("a log that cannot be read fails for whoever added it; the others go on", async () => {
  const merged = new MergedLog<Line>();
  const bad = merged.add(() => failing());
  void merged.add(() => linesOf([1, 2], 1));
  merged.close();
  await expect(bad).rejects.toThrow("unreadable");
  expect((await Array.fromAsync(merged)).map(({ time }) => time)).toEqual([1, 2]);
});

test("it ends only when nothing more will be added", async () => {
  const merged = new MergedLog<Line>();
  await Promise.all([
    merged
      .add(() => linesOf([5], 0))
      .then(() => merged.add(() => linesOf([1], 1)).then(() => merged.close())),
    Array.fromAsync(merged).then((lines) => expect(lines.map(({ time }) => time)).toEqual([5, 1])),
  ]);
});

const ascending = (a: number, b: number): number => a - b;

async function* linesOf(times: readonly number[], from: number): AsyncGenerator<Line> {
  for (const time of times) yield await Promise.resolve({ time, from });
}

async function* waiting({
  onCaughtUp,
  more,
}: {
  onCaughtUp: () => void;
  more: Promise<undefined>;
}): AsyncGenerator<Line> {
  yield { time: 1, from: 0 };
  onCaughtUp();
  await more;
  yield { time: 4, from: 0 };
}

async function* failing(): AsyncGenerator<Line> {
  await Promise.resolve();
  throw new Error("unreadable");
}
