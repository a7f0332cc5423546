import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { libc } from "../../src/sys/libc.ts";
import { lock } from "../../src/sys/lock.ts";

test("there is one holder at a time, and the next one after it has given up", async () => {
  await using folder = await ownFolder();
  const first = await lock(folder.lock);
  await expect(lock(folder.lock)).rejects.toMatchObject({
    code: "LOCKED",
    message: expect.stringContaining(`process ${process.pid}`) as string,
  });
  await first[Symbol.asyncDispose]();
  await (await lock(folder.lock))[Symbol.asyncDispose]();
});

test("who holds it for a moment only is waited for", async () => {
  await using folder = await ownFolder();
  const brief = await lock(folder.lock, { briefly: true });
  const next = lock(folder.lock);
  await brief[Symbol.asyncDispose]();
  await (await next)[Symbol.asyncDispose]();
});

test("what a dead holder left running for a moment is waited for", async () => {
  await using folder = await ownFolder();
  writeFileSync(folder.lock, "4194305\n"); // above the highest pid there can be
  const fd = openSync(folder.lock, "r+");
  libc("int flock(int fd, int operation)")(fd, 2);
  const child = spawn("sleep", ["0.2"], { stdio: ["ignore", "ignore", "ignore", fd] });
  closeSync(fd);
  const before = performance.now();
  await (await lock(folder.lock))[Symbol.asyncDispose]();
  expect(performance.now() - before).toBeGreaterThan(50);
  expect(child.exitCode ?? 0).toBe(0);
});

async function ownFolder(): Promise<AsyncDisposable & { lock: string }> {
  const folder = await mkdtemp(join(tmpdir(), "lock-"));
  return { lock: join(folder, "lock"), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
