import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import type { Happening, RuntimeEvent } from "../../../src/runtime/events/event.ts";
import { recordEvent } from "../../../src/runtime/events/journal.ts";
import { readEvents, type EventOptions } from "../../../src/runtime/events/read-events.ts";
import { run } from "../../../src/sys/run.ts";

const program = join(import.meta.dirname, "write-events.ts");
const container = { id: containerId("0123456789ab"), name: "app-job-1", image: "busybox", labels: {} };
const restart = (restarts: number): Happening => ({ kind: "restart", container, restarts });

test("several processes write at once, and a follower loses nothing, over many files", async () => {
  await using journal = await ownJournal();
  const writers = ["a", "b", "c"];
  const signal = AbortSignal.timeout(30_000);
  const follow = readEvents(journal.dataDir, { follow: true, signal });
  const done = Promise.all(writers.map((name) => run("node", [program, journal.dataDir, name, "300"])));
  const seen: RuntimeEvent[] = [];
  for await (const event of follow) if (seen.push(event) === 900) break;
  await done;
  expect(await readAll(journal.dataDir)).toHaveLength(900);
  for (const name of writers) {
    const counts = seen.flatMap((event) =>
      event.kind === "restart" && event.container.name === name ? [event.restarts] : [],
    );
    expect(counts).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  }
  expect((await readdir(join(journal.dataDir, "events"))).length).toBeGreaterThan(5);
});

test("it is bounded: the oldest files go", async () => {
  await using journal = await ownJournal();
  const limits = { maxFileBytes: 1000, maxFiles: 3 };
  for (let count = 1; count <= 100; count++) recordEvent(journal.dataDir, restart(count), limits);
  expect(await readdir(join(journal.dataDir, "events"))).toHaveLength(3);
  const last = (await readAll(journal.dataDir)).at(-1);
  expect(last).toMatchObject({ kind: "restart", container, restarts: 100 });
});

test("a line that a power loss has cut takes no other one with it", async () => {
  await using journal = await ownJournal();
  recordEvent(journal.dataDir, restart(1));
  await appendFile(join(journal.dataDir, "events/1.jsonl"), '{"time":"2026-01-0');
  recordEvent(journal.dataDir, restart(2));
  expect(await readAll(journal.dataDir)).toMatchObject([{ restarts: 1 }, { restarts: 2 }]);
});

test("events of a span of time are found by it, and following ends with it", async () => {
  await using journal = await ownJournal();
  recordEvent(journal.dataDir, restart(1));
  const [{ time } = { time: 0 }] = await readAll(journal.dataDir);
  expect(await readAll(journal.dataDir, { since: time + 1 })).toEqual([]);
  expect(await readAll(journal.dataDir, { until: time - 1, follow: true })).toEqual([]);
  expect(await readAll(journal.dataDir, { since: time, until: time })).toHaveLength(1);
});

test("where there is no journal there are no events, and none is made", async () => {
  await using journal = await ownJournal();
  expect(await readAll(journal.dataDir)).toEqual([]);
  expect(await readdir(journal.dataDir)).toEqual([]);
});

async function readAll(dataDir: string, options: EventOptions = {}): Promise<readonly RuntimeEvent[]> {
  return Array.fromAsync(readEvents(dataDir, options));
}

async function ownJournal(): Promise<{ readonly dataDir: string } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), "journal-"));
  return { dataDir, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }) };
}
