import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveOf, writeLayoutFolder } from "../../../../src/runtime/image/save/write-layout.ts";
import { run } from "../../../../src/sys/run.ts";
import { buildImage } from "../../../support/build-image.ts";
import { openTrial, type Trial } from "../trial.ts";

/** Two images that share a layer, `app:v1` and `app:v2`, and the digest of each. */
async function twoImages(trial: Trial): Promise<readonly [string, string]> {
  const digests = [];
  for (const version of ["v1", "v2"]) {
    const dir = join(trial.dir, version);
    const layers = [[{ path: "base", content: "shared" }], [{ path: version, content: version }]];
    digests.push(await buildImage({ dir, layers }));
    await trial.store.pull(dir);
    await trial.store.tag(dir, `example.com/app:${version}`);
    await trial.store.remove(dir);
  }
  const [first = "", second = ""] = digests;
  return [first, second];
}

async function archive(trial: Trial, ...images: readonly string[]): Promise<Buffer> {
  await using layout = await trial.store.layout(images);
  return Buffer.concat(await Array.fromAsync(archiveOf(layout)));
}

describe("two images that nobody changes", () => {
  let trial: Trial;
  let one: string;
  let two: string;
  beforeAll(async () => {
    trial = await openTrial();
    [one, two] = await twoImages(trial);
  });
  afterAll(() => trial[Symbol.asyncDispose]());

  test("come back from their archive with the same names and digests", async () => {
    const path = join(trial.dir, "both.tar");
    await writeFile(path, await archive(trial, "example.com/app:v2", one));
    await using empty = await openTrial();
    await empty.store.load(path);
    expect((await empty.store.list()).map(({ reference, digest }) => [reference, digest])).toEqual([
      ["example.com/app:v1", one],
      ["example.com/app:v2", two],
    ]);
  });

  test("have an archive of the same bytes, in whatever order they are named", async () => {
    const first = await archive(trial, "example.com/app:v1", "example.com/app:v2");
    expect(first.equals(await archive(trial, two.slice(7, 19), one, one))).toBe(true);
  });

  test("are read by skopeo from an OCI archive that is a Docker archive, too", async () => {
    const path = join(trial.dir, "skopeo.tar");
    await writeFile(path, await archive(trial, "example.com/app:v1", "example.com/app:v2"));
    const stored = await readFile(join(trial.dataDir, "blobs/sha256", one.slice(7)), "utf8");
    const original = JSON.parse(stored) as { config: { digest: string } };
    for (const transport of ["oci-archive", "docker-archive"]) {
      const copy = join(trial.dir, transport);
      await run("skopeo", ["copy", `${transport}:${path}:example.com/app:v1`, `dir:${copy}`]);
      const copied = JSON.parse(await readFile(join(copy, "manifest.json"), "utf8")) as typeof original;
      expect(copied.config.digest).toBe(original.config.digest);
    }
  });

  test("have in their archive what `docker load` looks for: tags, configuration and layers by path", async () => {
    const path = join(trial.dir, "docker.tar");
    await writeFile(path, await archive(trial, "example.com/app:v1"));
    const { stdout } = await run("tar", ["-xOf", path, "manifest.json"]);
    const blob = expect.stringMatching(/^blobs\/sha256\/[0-9a-f]{64}$/) as string;
    expect(JSON.parse(stdout)).toEqual([
      { Config: blob, RepoTags: ["example.com/app:v1"], Layers: [blob, blob] },
    ]);
    const listed = (await run("tar", ["-tf", path])).stdout.trim().split("\n");
    expect(listed).toEqual(listed.toSorted());
    expect(listed).toHaveLength(2 + 4 + 3);
  });

  test("are read by umoci from a folder", async () => {
    const folder = join(trial.dir, "saved");
    const bundle = join(trial.dir, "bundle");
    await using layout = await trial.store.layout(["example.com/app:v1"]);
    await writeLayoutFolder(layout, folder);
    await run("umoci", ["unpack", "--image", `${folder}:example.com/app:v1`, bundle]);
    expect(await readFile(join(bundle, "rootfs/v1"), "utf8")).toBe("v1");
  });
});

describe("nothing is saved", () => {
  test("of a blob that the disk has changed, or lost", async () => {
    await using trial = await openTrial();
    await twoImages(trial);
    const [blob = ""] = await layerBlobs(trial);
    const content = await readFile(blob);
    content[30] = (content[30] ?? 0) ^ 1;
    await writeFile(blob, content);
    await expect(archive(trial, "example.com/app:v1")).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await rm(blob);
    await expect(trial.store.layout(["example.com/app:v1"])).rejects.toMatchObject({ code: "BLOB_MISSING" });
  });

  test("of what is not here", async () => {
    await using trial = await openTrial();
    await expect(trial.store.layout(["nginx"])).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });
});

test("what is open to be saved stays readable, though it is removed meanwhile", async () => {
  await using trial = await openTrial();
  await twoImages(trial);
  const before = await archive(trial, "example.com/app:v1");
  await using layout = await trial.store.layout(["example.com/app:v1"]);
  await trial.store.prune({ all: true });
  expect(before.equals(Buffer.concat(await Array.fromAsync(archiveOf(layout))))).toBe(true);
});

async function layerBlobs(trial: Trial): Promise<readonly string[]> {
  await using layout = await trial.store.layout(["example.com/app:v1"]);
  const file = layout.files.find(({ path }) => path === "manifest.json");
  const content = Buffer.concat(await Array.fromAsync(file?.content() ?? [])).toString("utf8");
  const [image] = JSON.parse(content) as readonly { readonly Layers: readonly string[] }[];
  return (image?.Layers ?? []).map((path) => join(trial.dataDir, path));
}
