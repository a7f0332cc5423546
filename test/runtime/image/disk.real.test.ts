import { cp, mkdir, readFile, readdir, rm, writeFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { run } from "../../../src/sys/run.ts";
import { buildImage, type ImageFile } from "../../support/build-image.ts";
import { openTrial, type Trial } from "./trial.ts";

const layers: readonly (readonly ImageFile[])[] = [
  [{ path: "base", content: "b" }],
  [{ path: "top", content: "t" }],
];

async function layerNames(trial: Trial, reference: string): Promise<unknown> {
  const digest = await trial.store.pull(reference);
  expect(await trial.store.find(reference)).toEqual({ digest, stored: true });
  return Promise.all((await trial.store.open(digest)).layers.map((layer) => readdir(layer)));
}

describe("an image on disk is run by its path", () => {
  test("from a layout's folder, by its tag where there are several", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    const one = await buildImage({ dir, layers, name: "one" });
    expect(await trial.store.find(dir)).toEqual({ digest: one, stored: false });
    expect(await layerNames(trial, dir)).toEqual([["base"], ["top"]]);
    const two = await buildImage({ dir, layers: layers.slice(0, 1), name: "example.com/a:two" });
    await expect(trial.store.pull(dir)).rejects.toMatchObject({
      code: "AMBIGUOUS_REFERENCE",
      hint: expect.stringContaining("one; example.com/a:two") as string,
    });
    expect(await trial.store.resolve(`${dir}:two`)).toBe(two);
    expect(await layerNames(trial, `${dir}:two`)).toEqual([["base"]]);
    await expect(trial.store.find(`${dir}:three`)).resolves.toBeUndefined();
    for (const refused of [trial.store.pull(`${dir}:three`), trial.store.resolve(`${dir}:three`)]) {
      await expect(refused).rejects.toMatchObject({
        code: "IMAGE_NOT_FOUND",
        message: expect.stringContaining("no image named three") as string,
      });
    }
  });

  test("from an OCI archive, with the layout's digest", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    const digest = await buildImage({ dir, layers });
    const archive = join(trial.dir, "image.tar");
    await run("tar", ["-cf", archive, "-C", dir, "."]);
    expect(await trial.store.find(archive)).toEqual({ digest, stored: false });
    expect(await layerNames(trial, archive)).toEqual([["base"], ["top"]]);
  });

  test("from what docker save writes, with the same digest every time", async () => {
    await using trial = await openTrial();
    const archive = await saveForDocker(trial);
    const found = await trial.store.find(archive);
    expect(found?.stored).toBe(false);
    expect(await layerNames(trial, archive)).toEqual([["base"], ["top"]]);
    expect(await trial.store.resolve(archive)).toBe(found?.digest);
  });

  test("also when it has been taken away since", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    const digest = await buildImage({ dir, layers });
    await trial.store.pull(dir);
    await rm(dir, { recursive: true });
    expect(await trial.store.find(dir)).toEqual({ digest, stored: true });
  });

  test("and is another image when the layout has changed", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    const before = await buildImage({ dir, layers });
    await trial.store.pull(dir);
    const after = await buildImage({ dir, layers: layers.slice(1) });
    expect(after).not.toBe(before);
    expect(await trial.store.find(dir)).toEqual({ digest: after, stored: false });
  });
});

describe("loading", () => {
  test("takes every image, under the names that the archive gives them", async () => {
    await using trial = await openTrial();
    const loaded = await trial.store.load(await saveForDocker(trial));
    expect(loaded.map((image) => image.reference)).toEqual(["docker.io/library/saved:v1"]);
    expect(await trial.store.find("saved:v1")).toEqual({ digest: loaded[0]?.digest, stored: true });

    const dir = join(trial.dir, "several");
    await buildImage({ dir, layers, name: "v1" });
    await buildImage({ dir, layers: layers.slice(1), name: "example.com/a/b:v2" });
    const several = await trial.store.load(dir);
    expect(several.map((image) => image.reference)).toEqual([`${dir}:v1`, "example.com/a/b:v2"]);
    expect(await trial.store.list()).toHaveLength(3);
  });
});

test.each(["/srv/other/image", "/srv/\u001b]0;title\u0007", "\u001b[2J", "a b"])(
  "an archive may not give itself the name %j",
  async (name) => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    await buildImage({ dir, layers, name });
    await expect(trial.store.load(dir)).rejects.toMatchObject({
      code: "INVALID_REFERENCE",
      message: expect.stringContaining(JSON.stringify(name)) as string,
      hint: expect.any(String) as string,
    });
    expect(await trial.store.list()).toEqual([]);
  },
);

describe("what is no image on disk is refused, with its path", () => {
  test.each<[string, (path: string) => Promise<unknown>, string]>([
    ["nothing", () => Promise.resolve(), "IMAGE_NOT_FOUND"],
    ["an empty folder", (path) => mkdir(path), "INVALID_IMAGE"],
    ["a text file", (path) => writeFile(path, "x".repeat(2000)), "ARCHIVE_CORRUPT"],
    ["an empty file", (path) => writeFile(path, ""), "INVALID_IMAGE"],
    ["a compressed archive", (path) => writeFile(path, gzipSync("x")), "INVALID_IMAGE"],
    ["a fifo", (path) => run("mkfifo", [path]), "INVALID_IMAGE"],
    [
      "a layout whose index is a link out of it",
      async (path) => {
        await mkdir(path);
        await symlink("/etc/shadow", join(path, "index.json"));
      },
      "INVALID_IMAGE",
    ],
    [
      "what docker save wrote, with a configuration from elsewhere",
      async (path) => {
        await mkdir(path);
        const saved = [{ Config: "../../../../../../../../etc/shadow", Layers: [] }];
        await writeFile(join(path, "manifest.json"), JSON.stringify(saved));
      },
      "INVALID_IMAGE",
    ],
    [
      "what docker save wrote, cut off",
      async (path) => {
        await mkdir(path);
        await writeFile(join(path, "manifest.json"), "[{");
      },
      "INVALID_IMAGE",
    ],
    ["an archive of something else", (path) => run("tar", ["-cf", path, "/etc/hostname"]), "INVALID_IMAGE"],
  ])("%s", async (_, make, code) => {
    await using trial = await openTrial();
    const path = join(trial.dir, "thing");
    await make(path);
    const expected = {
      code,
      message: expect.stringContaining(path) as string,
      hint: expect.any(String) as string,
    };
    await expect(trial.store.pull(path)).rejects.toMatchObject(expected);
    await expect(trial.store.load(path)).rejects.toMatchObject(expected);
  });

  test("a layout that lacks a blob, or has a changed one", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    const digest = await buildImage({ dir, layers });
    const manifest = join(dir, "blobs/sha256", digest.slice(7));
    const content = await readFile(manifest, "utf8");
    await writeFile(manifest, content.replace('"size"', '"SIZE"'));
    await expect(trial.store.pull(dir)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    await rm(manifest);
    await expect(trial.store.pull(dir)).rejects.toMatchObject({ code: "INVALID_IMAGE" });
    expect(await trial.visible()).toEqual([]);
  });
});

describe("the store", () => {
  test("takes away what an interrupted run has left, and nothing else", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    await buildImage({ dir, layers });
    const digest = await trial.store.pull(dir);
    const { layers: folders } = await trial.store.open(digest);
    const partial = join(trial.dataDir, "layers", "0123456789abcdef0123.0a1b2c3d.partial");
    await cp(folders[0] ?? "", join(partial, "fs"), { recursive: true });
    await writeFile(join(trial.dataDir, "ingest", `${"a".repeat(64)}.0a1b2c3d.partial`), "half");
    await writeFile(join(trial.dataDir, "ingest", "notes.txt"), "not ours");
    const again = await trial.reopen();
    expect(await again.find(dir)).toEqual({ digest, stored: true });
    expect(await readdir(join(trial.dataDir, "layers"))).toHaveLength(2);
    expect(await readdir(join(trial.dataDir, "ingest"))).toEqual(["notes.txt"]);
  });

  test("knows that an image is not whole, and mends it by a pull", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    await buildImage({ dir, layers });
    const digest = await trial.store.pull(dir);
    const { layers: folders } = await trial.store.open(digest);
    await rm(join(folders[1] ?? "", ".."), { recursive: true });
    expect(await trial.store.find(dir)).toEqual({ digest, stored: false });
    await expect(trial.store.open(digest)).rejects.toMatchObject({ code: "LAYER_MISSING" });
    await trial.store.pull(dir);
    expect(await trial.store.find(dir)).toEqual({ digest, stored: true });
  });

  test("says when the disk is full, and leaves nothing half done", async () => {
    await using trial = await openTrial();
    const dir = join(trial.dir, "layout");
    await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", trial.dataDir]);
    try {
      const store = await trial.reopen();
      // Seen before anything is fetched; then only when what is in it does not fit.
      for (const compression of ["none", "gzip"] as const) {
        await rm(dir, { recursive: true, force: true });
        const content = Buffer.alloc(6_000_000, 7);
        await buildImage({ dir, layers: [[{ path: "f", content }]], compression });
        const seenBefore =
          /needs about 12\.\d MB \(\d+ bytes\) in .*, and [34]\.\d MB \(\d+ bytes\) are free/;
        await expect(store.pull(dir)).rejects.toMatchObject({
          code: "DISK_FULL",
          message: expect.stringMatching(compression === "none" ? seenBefore : /the disk is full/) as string,
        });
        await expect(store.pull(dir)).rejects.toThrow(dir);
        expect(await trial.visible()).toEqual([]);
      }
    } finally {
      await run("umount", [trial.dataDir]);
    }
  });
});

/** One image named `saved:v1`, as docker save writes it. */
async function saveForDocker(trial: Trial): Promise<string> {
  const dir = join(trial.dir, "to-save");
  await buildImage({ dir, layers, name: "x" });
  const archive = join(trial.dir, "saved.tar");
  await run("skopeo", ["copy", `oci:${dir}:x`, `docker-archive:${archive}:saved:v1`]);
  return archive;
}
