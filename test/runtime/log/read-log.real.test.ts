import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readLog } from "../../../src/runtime/log/read-log.ts";
import type { LogLine, LogOptions } from "../../../src/runtime/types.ts";
import { openTestRuntime } from "../../support/test-runtime.ts";

const entry = (text: string, tag = "F", stream = "stdout"): string =>
  `2026-01-02T03:04:05.000000000+00:00 ${stream} ${tag} ${text}\n`;

test.each([0, 1, 3, 1000, 2_000_000])("the last %d lines are read from the end", async (tail) => {
  await using log = await ownLog();
  const texts = Array.from({ length: 5000 }, (_, index) => `line ${index} ${"x".repeat(index % 200)}`);
  await writeFile(log.path, texts.map((text) => entry(text)).join(""));
  expect(await read(log.path, { tail })).toEqual(tail === 0 ? [] : texts.slice(-tail));
});

test("a long last line is found whole", async () => {
  await using log = await ownLog();
  const pieces = Array.from({ length: 40 }, () => "y".repeat(8000));
  const long = pieces.map((piece, index) => entry(piece, index === 39 ? "F" : "P")).join("");
  await writeFile(log.path, entry("first") + long + entry("err", "F", "stderr"));
  expect(await read(log.path, { tail: 2 })).toEqual([pieces.join(""), "err"]);
});

test("a log that is not there is empty", async () => {
  await using log = await ownLog();
  expect(await read(log.path, {})).toEqual([]);
  expect(await read(log.path, { tail: 3 })).toEqual([]);
});

test("following gives lines as they are written, and ends when the writer has", async () => {
  await using log = await ownLog();
  await writeFile(log.path, entry("old") + entry("before"));
  let ended = false;
  const seen: string[] = [];
  for await (const { text } of readLog(dirname(log.path), { tail: 1, follow: true, ended: () => ended })) {
    seen.push(text);
    if (text === "before") await appendFile(log.path, entry("be", "P"));
    if (text === "before") await appendFile(log.path, entry("gun") + entry("after"));
    if (text === "after") {
      await appendFile(log.path, entry("last", "P"));
      ended = true;
    }
  }
  expect(seen).toEqual(["before", "begun", "after", "last"]);
});

test("an abort ends the following", async () => {
  await using log = await ownLog();
  await writeFile(log.path, entry("only"));
  const abort = new AbortController();
  const seen: string[] = [];
  for await (const { text } of readLog(dirname(log.path), {
    follow: true,
    signal: abort.signal,
    ended: () => false,
  })) {
    seen.push(text);
    setTimeout(() => abort.abort(), 20);
  }
  expect(seen).toEqual(["only"]);
});

test("what a container writes is read whole: long lines, odd bytes, no last newline", async () => {
  await using test = await openTestRuntime();
  const line = "seq 1 30000 | tr '\\n' ,; echo; printf 'h\\303\\244\\n'; printf end >&2; printf tail";
  const id = await test.run(line);
  const texts = (await test.output(id)).filter(({ stream }) => stream === "stdout").map(({ text }) => text);
  expect(texts[0]).toBe(`${Array.from({ length: 30000 }, (_, index) => index + 1).join(",")},`);
  expect(texts.slice(1)).toEqual(["hä", "tail"]);
  const last = await Array.fromAsync(test.runtime.logs(id, { tail: 2 }));
  expect(last.map(({ text }) => text)).toContain("hä");
});

test("following a container that waits shows what it writes when started", async () => {
  await using test = await openTestRuntime();
  const request = test.request({ command: ["sh", "-c", "echo begun"] });
  await test.runtime.create(request);
  const following = test.output(request.id);
  await test.runtime.start(request.id);
  expect((await following).map(({ text }) => text)).toEqual(["begun"]);
});

async function read(path: string, options: LogOptions): Promise<readonly LogLine["text"][]> {
  const lines = await Array.fromAsync(readLog(dirname(path), { ...options, ended: () => true }));
  return lines.map(({ text }) => text);
}

async function ownLog(): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "log-"));
  return { path: join(folder, "current.log"), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
