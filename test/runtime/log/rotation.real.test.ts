import { rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { layoutOf } from "../../../src/runtime/container/layout.ts";
import type { ContainerId } from "../../../src/model/ids.ts";
import { logFiles, type LogFile } from "../../../src/runtime/log/log-files.ts";
import type { LogLine } from "../../../src/runtime/types.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";

const kilobytes = 1024;
const count = 40_000;
/** In bursts, so that it goes on over several looks at the size. */
const numbers =
  "for burst in 0 1 2 3 4 5 6 7; do seq $((burst * 5000 + 1)) $((burst * 5000 + 5000)); sleep 0.3; done";

test("a log is put aside while it is written, and who follows it or reads it then misses no line and sees none twice", async () => {
  await using test = await openTestRuntime();
  const log = { maxSizeBytes: 64 * kilobytes, maxFiles: 1000 };
  const id = await test.run(numbers, { log });
  const [early, late] = await Promise.all([
    test.output(id),
    until("a file was put aside", () => filesOf(test, id).length > 1).then(() => test.output(id)),
  ]);
  expect(filesOf(test, id).length).toBeGreaterThan(2);
  const all = Array.from({ length: count }, (_, index) => `${index + 1}`);
  expect(texts(early)).toEqual(all);
  expect(texts(late)).toEqual(all);
  const tail = await Array.fromAsync(test.runtime.logs(id, { tail: 12_345 }));
  expect(texts(tail)).toEqual(all.slice(-12_345));
  const { time = 0 } = early[count - 1000] ?? {};
  const since = await Array.fromAsync(test.runtime.logs(id, { since: time }));
  expect(texts(since)).toEqual(texts(early.filter((line) => line.time >= time)));
});

test("no more files are kept than the container's limits say", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("while :; do seq 1 500; sleep 0.02; done", {
    log: { maxSizeBytes: 64 * kilobytes, maxFiles: 2 },
  });
  const inodes = new Set<number>();
  await until("the log has been put aside three times", () => {
    for (const { inode } of filesOf(test, id)) inodes.add(inode);
    return inodes.size > 3;
  });
  await until("two files are left", () => filesOf(test, id).length === 2);
});

test("who follows sees the lines of every run, and of the run before alone if that is wanted", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("echo one; sleep 0.2; echo two");
  const abort = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    const lines = test.runtime.logs(id, { follow: true, outlasts: () => true, signal: abort.signal });
    for await (const { text } of lines) seen.push(text);
  })();
  for (const runs of [1, 2, 3]) {
    await until(`run ${runs} has ended`, async () => (await test.status(id)).state === "exited");
    await until("its lines were seen", () => seen.length === 2 * runs);
    if (runs < 3) await test.runtime.start(id);
  }
  abort.abort();
  await following;
  expect(seen).toEqual(["one", "two", "one", "two", "one", "two"]);
  expect(texts(await Array.fromAsync(test.runtime.logs(id, { previous: true })))).toEqual(["one", "two"]);
  expect(texts(await Array.fromAsync(test.runtime.logs(id, { previous: true, tail: 1 })))).toEqual(["two"]);
});

test("a rotation that was broken off before the monitor was told is finished, and no line is lost", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("for i in $(seq 1 40); do echo $i; sleep 0.1; done");
  const { log, logFolder } = layoutOf(test.paths, id);
  await until("it writes", async () => (await stat(log)).size > 0);
  await rename(log, join(logFolder, "1700000000000.log"));
  await until("a new file was begun", () => filesOf(test, id).length === 2);
  expect(texts(await test.output(id))).toEqual(Array.from({ length: 40 }, (_, index) => `${index + 1}`));
});

function filesOf(test: TestRuntime, id: ContainerId): readonly LogFile[] {
  return logFiles(layoutOf(test.paths, id).logFolder);
}

const texts = (lines: readonly LogLine[]): readonly string[] => lines.map(({ text }) => text);
