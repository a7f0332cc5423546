import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "../../../support/build-image.ts";
import { openTrial } from "../trial.ts";

/** Pulls each image, uses it at once, and gives it up again. */
const puller = `
  import { readFileSync } from "node:fs";
  const [storeModule, dataDir, who, ...images] = process.argv.slice(1);
  const { openImageStore } = await import(storeModule);
  const store = await openImageStore({ dataDir, runDir: "/nowhere" });
  for (const image of [...images, ...images]) {
    const digest = await store.pull(image);
    await store.tag(image, who);
    const { layers } = await store.open(digest);
    for (const layer of layers) readFileSync(layer + "/file");
    await store.remove(who);
    await store.remove(image);
  }
`;

test("a garbage collection takes nothing from pulls of other processes, however they meet", async () => {
  await using trial = await openTrial();
  // Both have the same images under names of their own, so that one's removal is the other's to survive.
  const imagesOf = async (who: string): Promise<readonly string[]> =>
    Promise.all(
      ["one", "two", "three"].map(async (name) => {
        const dir = join(trial.dir, who, name);
        const layers = [[{ path: "file", content: "shared" }], [{ path: "file", content: name }]];
        await buildImage({ dir, layers });
        return dir;
      }),
    );
  const module = new URL("../../../../src/runtime/image/store.ts", import.meta.url).href;
  let underWay = 2;
  const pullers = ["a", "b"].map(async (who) => {
    const images = await imagesOf(who);
    const args = ["--input-type=module", "--eval", puller, module, trial.dataDir, who, ...images];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    const stderr = Array.fromAsync(child.stderr.setEncoding("utf8") as AsyncIterable<string>);
    const [exitCode] = (await once(child, "close")) as [number | null];
    underWay--;
    return { exitCode, stderr: (await stderr).join("") };
  });
  let collections = 0;
  for (; underWay > 0; collections++) await trial.store.prune({});
  expect(await Promise.all(pullers)).toEqual([
    { exitCode: 0, stderr: "" },
    { exitCode: 0, stderr: "" },
  ]);
  expect(collections).toBeGreaterThan(5);
  await trial.store.prune({ all: true });
  for (const folder of ["blobs/sha256", "layers", "ingest", "leases", "names", "trash"]) {
    expect(await readdir(join(trial.dataDir, folder))).toEqual([]);
  }
});
