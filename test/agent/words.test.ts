/** What was said by hand, read again: only what nobody says is silence. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { holdWords, restartWords, scaleWords } from "../../src/agent/words.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import { until } from "../support/until.ts";

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
  ["holds/shop/stop web.json", holdWords],
  ["restarts/shop/web.json", restartWords],
  ["scales/shop/web.json", scaleWords],
] as const;

it("is read as it was said", async () => {
  await Promise.all([
    holdWords.write(dataDir, hold),
    restartWords.write(dataDir, restart),
    scaleWords.write(dataDir, scale),
  ]);
  expect(await Promise.all(reads.map(([, words]) => words.read(dataDir)))).toEqual([
    [hold],
    [restart],
    [scale],
  ]);
  for (const [file] of reads) expect(existsSync(join(dataDir, file))).toBe(true);
});

it.each(reads)("%s: nobody has said anything where there is no such file", async (file, words) => {
  expect(await words.read(dataDir)).toEqual([]);
  mkdirSync(dirname(join(dataDir, file)), { recursive: true });
  expect(await words.read(dataDir)).toEqual([]);
});

it("whoever watches is told of each word when it is in its place, and when it is gone", async () => {
  const db = { ...scale, service: serviceName("db") };
  const namesNow = (): string =>
    scaleWords
      .namesOf(dataDir, stack)
      .map((name) => name.service)
      .join();
  let seen = "unseen";
  await using _watching = await scaleWords.watch(dataDir, () => (seen = namesNow()));
  expect(seen).toBe("");
  await scaleWords.write(dataDir, scale);
  await until("one is seen", () => seen === "web");
  await scaleWords.write(dataDir, db);
  await until("both are seen", () => seen === "db,web");
  scaleWords.remove(dataDir, scale);
  await until("it is seen that one is gone", () => seen === "db");
});

const unreadable = {
  "of a newer version": (path: string) => writeFileSync(path, '{"formatVersion":2}'),
  "that lacks something": (path: string) => writeFileSync(path, '{"formatVersion":1}'),
  "that is cut off": (path: string) => writeFileSync(path, '{"formatVer'),
  "that the system does not give": (path: string) => mkdirSync(path),
};

it.each(
  reads.flatMap(([file, words]) =>
    Object.entries(unreadable).map(([how, put]) => ({ file, how, words, put })),
  ),
)("$file $how is an error, not silence", async ({ file, words, put }) => {
  const path = join(dataDir, file);
  mkdirSync(dirname(path), { recursive: true });
  put(path);
  await expect(words.read(dataDir)).rejects.toMatchObject({
    code: "WORD_UNREADABLE",
    message: expect.stringContaining(path) as string,
  });
});

it("of a whole stack is another one than of a service of it, and goes by itself", async () => {
  const whole = { stack, at: 2 };
  await Promise.all([restart, whole].map((each) => restartWords.write(dataDir, each)));
  expect(restartWords.namesOf(dataDir, stack)).toEqual([{ stack }, { stack, service }]);
  restartWords.remove(dataDir, { stack });
  expect(await restartWords.read(dataDir)).toEqual([restart]);
});

it("is not what lies in other files", async () => {
  await holdWords.write(dataDir, hold);
  for (const name of ["stop web db.json", "halt.json", "stop", "stop .json"])
    writeFileSync(join(dataDir, "holds/shop", name), "{}");
  expect(await holdWords.read(dataDir)).toEqual([hold]);
});
