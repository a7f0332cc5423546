import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { buildImage } from "../../../support/build-image.ts";
import { openTrial, type Trial } from "../trial.ts";

/** An image whose layer takes long enough to unpack to be caught at it. */
async function largeImage(trial: Trial): Promise<string> {
  const dir = join(trial.dir, "large");
  const files = Array.from({ length: 4000 }, (_, i) => ({
    path: `d${i % 50}/f${i}`,
    content: `${i}`.repeat(2000),
  }));
  await buildImage({ dir, layers: [files] });
  return dir;
}

async function unpackers(trial: Trial): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const roots = await Promise.all(
    pids.map(async (pid) => {
      const cmdline = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (!cmdline.includes("unpack/child.ts")) return undefined;
      const root = await readlink(`/proc/${pid}/root`).catch(() => "");
      return root.startsWith(trial.dataDir) ? pid : undefined;
    }),
  );
  return roots.filter((pid) => pid !== undefined);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
    await delay(10);
  }
}

test("an abort ends the unpacking process and takes away what it made", async () => {
  await using trial = await openTrial();
  const image = await largeImage(trial);
  const abort = new AbortController();
  const pulled = trial.store.pull(image, { signal: abort.signal });
  const outcome = expect(pulled).rejects.toThrow("enough");
  await until("a confined unpacker", async () => (await unpackers(trial)).length === 1);
  abort.abort(new Error("enough"));
  await outcome;
  expect(await unpackers(trial)).toEqual([]);
  expect(await trial.visible()).toEqual([]);
});

test("when the program is killed, its unpacking process ends too, and the next run starts afresh", async () => {
  await using trial = await openTrial();
  const image = await largeImage(trial);
  const store = new URL("../../../../src/runtime/image/store.ts", import.meta.url).href;
  const program = `
    import { openImageStore } from ${JSON.stringify(store)};
    const store = await openImageStore({ dataDir: process.argv[1], runDir: "/nowhere" });
    await store.pull(process.argv[2]);
  `;
  const args = ["--input-type=module", "--eval", program, trial.dataDir, image];
  const puller = spawn(process.execPath, args, { stdio: "inherit" });
  const ended = once(puller, "exit");
  await until("a confined unpacker", async () => (await unpackers(trial)).length === 1);
  puller.kill("SIGKILL");
  await ended;
  await until("no unpacker", async () => (await unpackers(trial)).length === 0);
  expect(await readdir(join(trial.dataDir, "names"))).toEqual([]);

  const again = await trial.reopen();
  expect(await trial.visible()).toEqual([]);
  const digest = await again.pull(image);
  expect((await again.open(digest)).layers).toHaveLength(1);
});
