/** What was said by hand, read again: only what nobody says is silence. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readHolds, writeHold } from "../../src/agent/hold-store.ts";
import { readRestarts, writeRestart } from "../../src/agent/restart-store.ts";
import { readScales, writeScale } from "../../src/agent/scale-store.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";

const stack = stackName("shop");
const service = serviceName("web");
const hold = {
  kind: "stop",
  stack,
  service,
  by: "alice",
  since: 1,
  reason: "it is moved",
  until: 2,
} as const;
const restart = { stack, service, at: 1, inForce: revisionId("0123456789ab") };
const scale = { stack, service, replicas: 3, revision: revisionId("0123456789ab"), until: 2 };

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), "words-"))));
afterEach(() => rmSync(dataDir, { recursive: true }));

const reads = [
  ["holds/shop/stop web.json", readHolds],
  ["restarts/shop/web.json", readRestarts],
  ["scales/shop/web.json", readScales],
] as const;

it("is read as it was said", async () => {
  await Promise.all([writeHold(dataDir, hold), writeRestart(dataDir, restart), writeScale(dataDir, scale)]);
  expect(await Promise.all(reads.map(([, read]) => read(dataDir)))).toEqual([[hold], [restart], [scale]]);
});

it.each(reads)("%s: nobody has said anything where there is no such file", async (file, read) => {
  expect(await read(dataDir)).toEqual([]);
  mkdirSync(dirname(join(dataDir, file)), { recursive: true });
  expect(await read(dataDir)).toEqual([]);
});

const unreadable = {
  "of a newer version": (path: string) => writeFileSync(path, '{"formatVersion":2}'),
  "that lacks something": (path: string) => writeFileSync(path, '{"formatVersion":1}'),
  "that is cut off": (path: string) => writeFileSync(path, '{"formatVer'),
  "that the system does not give": (path: string) => mkdirSync(path),
};

it.each(
  reads.flatMap(([file, read]) => Object.entries(unreadable).map(([how, put]) => ({ file, how, read, put }))),
)("$file $how is an error, not silence", async ({ file, read, put }) => {
  const path = join(dataDir, file);
  mkdirSync(dirname(path), { recursive: true });
  put(path);
  await expect(read(dataDir)).rejects.toMatchObject({
    code: "WORD_UNREADABLE",
    message: expect.stringContaining(path) as string,
  });
});
