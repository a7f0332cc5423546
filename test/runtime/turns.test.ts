import { expect, test } from "vitest";
import { Turns } from "../../src/runtime/turns.ts";

/** Work that ends when it is told to, and notes when it begins. */
function stepwise(log: string[], name: string): { work: () => Promise<void>; end: (error?: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const work = async (): Promise<void> => {
    log.push(name);
    await promise;
  };
  return { work, end: (error) => (error ? reject(error) : resolve(undefined)) };
}

/** Lets everything run that can. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("work on one thing waits for the work before it, also when that failed; other things do not", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const [first, second, other] = ["first", "second", "other"].map((name) => stepwise(log, name));
  if (!first || !second || !other) throw new Error("three were made");
  const failing = turns.take("a", first.work);
  const waiting = turns.take("a", second.work);
  const beside = turns.take("b", other.work);
  await settled();
  expect(log).toEqual(["first", "other"]);

  first.end(new Error("no"));
  await expect(failing).rejects.toThrow("no");
  await settled();
  expect(log).toEqual(["first", "other", "second"]);
  second.end();
  other.end();
  await Promise.all([waiting, beside]);
});

test("a pause names what is under way, and nothing begins while it lasts", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const long = stepwise(log, "long");
  const sweep = stepwise(log, "sweep");
  const late = stepwise(log, "late");
  const underWay = turns.take("a", long.work);
  await settled();
  const pause = turns.pause((names) => {
    log.push(...names);
    return sweep.work();
  });
  const blocked = turns.take("b", late.work);
  await settled();
  expect(log).toEqual(["long", "a", "sweep"]);

  sweep.end();
  await pause;
  await settled();
  expect(log.at(-1)).toBe("late");
  long.end();
  late.end();
  await Promise.all([underWay, blocked]);
});
