import { expect, test } from "vitest";
import { singleFlight, type FlightContext } from "../../../src/runtime/image/single-flight.ts";

/** Work that goes on until it is told to end, and counts how often it was begun. */
function controllableWork() {
  const end = Promise.withResolvers<undefined>();
  const contexts: FlightContext<number>[] = [];
  const work = async (context: FlightContext<number>): Promise<void> => {
    contexts.push(context);
    context.signal.addEventListener("abort", () => end.reject(context.signal.reason));
    await end.promise;
  };
  return { work, contexts, end };
}

test("work of one key is done once, and all who wait hear of it", async () => {
  const join = singleFlight<number>();
  const { work, contexts, end } = controllableWork();
  const heard: string[] = [];
  const both = Promise.all([
    join("k", work, { onEvent: (n) => heard.push(`a${n}`) }),
    join("k", work, { onEvent: (n) => heard.push(`b${n}`) }),
  ]);
  contexts[0]?.report(7);
  end.resolve(undefined);
  await both;
  expect(contexts).toHaveLength(1);
  expect(heard).toEqual(["a7", "b7"]);
});

test("who aborts leaves at once, and the work goes on for the other", async () => {
  const join = singleFlight<number>();
  const { work, contexts, end } = controllableWork();
  const abort = new AbortController();
  const leaver = join("k", work, { signal: abort.signal, onEvent: () => undefined });
  const stayer = join("k", work, { onEvent: () => undefined });
  abort.abort(new Error("enough"));
  await expect(leaver).rejects.toThrow("enough");
  expect(contexts[0]?.signal.aborted).toBe(false);
  end.resolve(undefined);
  await stayer;
});

test("when all have aborted, so is the work", async () => {
  const join = singleFlight<number>();
  const { work, contexts } = controllableWork();
  const abort = new AbortController();
  const options = { signal: abort.signal, onEvent: () => undefined };
  const waiters = [join("k", work, options), join("k", work, options)];
  abort.abort(new Error("enough"));
  const outcomes = await Promise.allSettled(waiters);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
  expect(contexts[0]?.signal.aborted).toBe(true);
});

test("work that failed can be begun again", async () => {
  const join = singleFlight<number>();
  const fail = (): Promise<void> => Promise.reject(new Error("no"));
  await expect(join("k", fail, { onEvent: () => undefined })).rejects.toThrow("no");
  await join("k", () => Promise.resolve(), { onEvent: () => undefined });
});
