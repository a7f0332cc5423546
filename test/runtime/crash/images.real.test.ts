/**
 * Killed at every crash point of pulling and unpacking an image, be it the program or the process that unpacks, the
 * store has the image whole or not at all, the pull can be repeated, and the store is then as if nothing had been.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRuntime } from "../../../src/runtime/open.ts";
import { openReader } from "../../../src/runtime/open-reader.ts";
import { buildImage } from "../../support/build-image.ts";
import { folderContents } from "../../support/folder-contents.ts";
import { openTestRuntime } from "../../support/test-runtime.ts";
import { crashPointsOf, killedAt } from "./killed-at.ts";

test("a pull killed at any of its points has happened or has not, and can be repeated", async () => {
  await using home = await openTestRuntime();
  await home.runtime[Symbol.asyncDispose]();
  const { dataDir } = home.paths;
  const reference = join(home.folder, "shop");
  await buildImage({ dir: reference, layers: [baseFiles, shopFiles], compression: "gzip" });
  const order = { paths: home.paths, act: { kind: "pull", reference } } as const;

  await rm(dataDir, { recursive: true });
  const points = await crashPointsOf(order, home.folder);
  const whole = imagesIn(dataDir);
  expect(whole.join()).toMatch(/blobs.*layers.*names/);
  expect(points.some((point) => point.includes("/unpack/"))).toBe(true);

  const missed: string[] = [];
  for (const point of points) {
    await rm(dataDir, { recursive: true });
    if (!(await killedAt(order, point, home.folder))) missed.push(point);
    const found = await openReader(home.paths).images.find(reference);
    const needed = whole.filter((line) => !line.startsWith("names/"));
    if (found?.stored === true) expect(imagesIn(dataDir), point).toEqual(expect.arrayContaining(needed));

    await using runtime = await openRuntime(home.paths);
    await runtime.images.pull(reference);
    expect(imagesIn(dataDir), point).toEqual(whole);
  }
  expect(missed.length, missed.join("\n")).toBeLessThan(1 + points.length / 10);
}, 900_000);

const baseFiles = [
  { path: "bin", type: "directory" },
  { path: "bin/vi", content: "an editor" },
] as const;

const shopFiles = [
  { path: "shop", type: "directory" },
  { path: "shop/hello", content: "hello" },
  { path: "shop/link", type: "symlink", linkTo: "hello" },
  { path: "shop/twin", type: "link", linkTo: "shop/hello" },
  { path: "bin/.wh.vi" },
] as const;

/** Blobs, layers and names, and whatever else is beside them; without when it was done. */
function imagesIn(dataDir: string): readonly string[] {
  return ["blobs", "ingest", "layers", "names"]
    .flatMap((folder) => folderContents(join(dataDir, folder)))
    .map((line) => line.slice(dataDir.length + 1).replace(/ \d{19} /, " now "))
    .map((line) => (line.startsWith("names/") ? line.replace(/ [0-9a-f]{64}$/, "") : line));
}
