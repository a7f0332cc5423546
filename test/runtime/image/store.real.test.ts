import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../../src/model/ids.ts";
import { openImageStore } from "../../../src/runtime/image/store.ts";
import type { ImageStore, ImageUser } from "../../../src/runtime/image/types.ts";
import { buildImage } from "../../support/build-image.ts";
import { openTrial, type Trial } from "./trial.ts";

/** An image with a layer that all have and one of its own; its name is its path. */
async function anImage(
  trial: Trial,
  name: string,
): Promise<{ readonly path: string; readonly digest: Digest }> {
  const path = join(trial.dir, name);
  const layers = [[{ path: "base", content: "shared" }], [{ path: name, content: name }]];
  return { path, digest: await buildImage({ dir: path, layers }) };
}

/** A store whose images the given containers use. */
function usedBy(trial: Trial, ...users: readonly ImageUser[]): Promise<ImageStore> {
  return openImageStore(
    { dataDir: trial.dataDir, runDir: "/nowhere" },
    { containers: () => ({ found: users, damage: [] }) },
  );
}

async function present(trial: Trial): Promise<{ readonly blobs: number; readonly layers: number }> {
  const [blobs, layers] = await Promise.all(
    ["blobs/sha256", "layers"].map((folder) => readdir(join(trial.dataDir, folder))),
  );
  return { blobs: blobs?.length ?? 0, layers: layers?.length ?? 0 };
}

/** Of one image: manifest, configuration, two layers as blobs; and its two layers, unpacked. */
const one = { blobs: 4, layers: 2 };
/** Of two: the shared layer is there once. */
const two = { blobs: 7, layers: 3 };

describe("removing an image", () => {
  test("takes its name, and with it what no other image has", async () => {
    await using trial = await openTrial();
    const [a, b] = [await anImage(trial, "a"), await anImage(trial, "b")];
    for (const { path } of [a, b]) await trial.store.pull(path);
    expect(await present(trial)).toEqual(two);
    const removal = await trial.store.remove(a.path);
    expect(removal.names).toMatchObject([{ reference: a.path, digest: a.digest }]);
    expect(removal.freedBytes).toBeGreaterThan(0);
    expect(await present(trial)).toEqual(one);
    expect(await readdir(join(trial.dataDir, "trash"))).toEqual([]);
    expect((await trial.store.open(b.digest)).layers).toHaveLength(2);
  });

  test("leaves the image where it has another name; by its digest, all names go", async () => {
    await using trial = await openTrial();
    const { path, digest } = await anImage(trial, "a");
    await trial.store.pull(path);
    await trial.store.tag(path, "example.com/app:v1");
    await trial.store.remove(path);
    expect((await trial.store.list()).map(({ reference }) => reference)).toEqual(["example.com/app:v1"]);
    await trial.store.tag("example.com/app:v1", "app");
    await trial.store.remove(digest.slice(7, 15));
    expect(await trial.store.list()).toEqual([]);
    expect(await present(trial)).toEqual({ blobs: 0, layers: 0 });
  });

  test.each<[string, string]>([
    ["container", "container web-1"],
    ["lease", "stack web"],
  ])("is refused where a %s uses it, and says which", async (kind, said) => {
    await using trial = await openTrial();
    const { path, digest } = await anImage(trial, "a");
    const containers = kind === "container" ? [{ kind, name: "web-1", image: digest } as const] : [];
    const store = await usedBy(trial, ...containers);
    await store.pull(path);
    if (kind === "lease") await store.lease("stack web", [digest]);
    await expect(store.remove(path)).rejects.toMatchObject({
      code: "IMAGE_IN_USE",
      message: expect.stringContaining(`used by ${said}`) as string,
      hint: expect.any(String) as string,
    });
    expect(await present(trial)).toEqual(one);
    // Of several names, one may go.
    await store.tag(path, "app:v1");
    await store.remove(path);
    expect(await present(trial)).toEqual(one);
  });
});

describe("a tag", () => {
  test("takes the name from what had it, and keeps the image's age and size", async () => {
    await using trial = await openTrial();
    const [a, b] = [await anImage(trial, "a"), await anImage(trial, "b")];
    for (const { path } of [a, b]) await trial.store.pull(path);
    await trial.store.tag(a.path, "app:v1");
    await trial.store.tag(b.path, "app:v1");
    const listed = await trial.store.list();
    const [app, original] = ["docker.io/library/app:v1", b.path].map((name) =>
      listed.find(({ reference }) => reference === name),
    );
    expect(app).toEqual({ ...original, reference: "docker.io/library/app:v1" });
  });

  test.each(["/srv/elsewhere", `app@sha256:${"a".repeat(64)}`, "App"])("cannot be %s", async (name) => {
    await using trial = await openTrial();
    await expect(trial.store.tag("app", name)).rejects.toMatchObject({ code: "INVALID_REFERENCE" });
  });
});

describe("pruning", () => {
  test("takes what has lost its name, and says before what that would be", async () => {
    await using trial = await openTrial();
    const first = await anImage(trial, "a");
    await trial.store.pull(first.path);
    const layers = [[{ path: "base", content: "shared" }], [{ path: "new", content: "new" }]];
    const second = await buildImage({ dir: first.path, layers });
    await trial.store.pull(first.path);
    expect(await present(trial)).toEqual(two);
    const expected = await trial.store.prunable({});
    expect(expected).toMatchObject({ names: [], blobs: 3, layers: 1 });
    expect(await present(trial)).toEqual(two);
    expect(await trial.store.prune({})).toEqual(expected);
    expect(await present(trial)).toEqual(one);
    expect((await trial.store.open(second)).layers).toHaveLength(2);
  });

  test("with all, takes names, too, where nobody uses them", async () => {
    await using trial = await openTrial();
    const [a, b, c] = [await anImage(trial, "a"), await anImage(trial, "b"), await anImage(trial, "c")];
    const store = await usedBy(trial, { kind: "container", name: "web-1", image: a.digest });
    for (const { path } of [a, b, c]) await store.pull(path);
    await store.lease("stack web", [b.digest]);
    expect((await store.prune({ all: true })).names.map(({ reference }) => reference)).toEqual([c.path]);
    expect(await present(trial)).toEqual(two);
    await store.release("stack web");
    expect((await store.prune({ all: true })).names.map(({ reference }) => reference)).toEqual([b.path]);
    expect(await present(trial)).toEqual(one);
  });

  test("with a time, takes only what came before it", async () => {
    await using trial = await openTrial();
    const { path } = await anImage(trial, "a");
    await trial.store.pull(path);
    expect(await trial.store.prune({ all: true, before: Date.now() - 60_000 })).toMatchObject({
      names: [],
      blobs: 0,
    });
    await rm(join(trial.dataDir, "names"), { recursive: true });
    await mkdir(join(trial.dataDir, "names"));
    expect(await trial.store.prune({ before: Date.now() - 60_000 })).toMatchObject({ blobs: 0, layers: 0 });
    expect(await trial.store.prune({ before: Date.now() + 60_000 })).toMatchObject(one);
  });

  test("takes nothing where it cannot be known what a container or a lease needs", async () => {
    await using trial = await openTrial();
    const [a, b] = [await anImage(trial, "a"), await anImage(trial, "b")];
    const store = await usedBy(trial, { kind: "container", name: "web-1", image: a.digest });
    for (const { path } of [a, b]) await store.pull(path);
    await rm(join(trial.dataDir, "blobs/sha256", a.digest.slice(7)));
    const before = await present(trial);
    await expect(store.prune({ all: true })).rejects.toMatchObject({
      code: "STORE_DAMAGED",
      message: expect.stringContaining("container web-1") as string,
    });
    expect(await present(trial)).toEqual(before);
    await store.pull(a.path);
    expect(await store.prune({ all: true })).toMatchObject({ names: [{ reference: b.path }] });
  });
});

describe("the list", () => {
  test("has who uses an image, what it shares, and images that have no name any more", async () => {
    await using trial = await openTrial();
    const [a, b] = [await anImage(trial, "a"), await anImage(trial, "b")];
    const store = await usedBy(trial, { kind: "container", name: "web-1", image: a.digest });
    for (const { path } of [a, b]) await store.pull(path);
    await store.lease("stack web", [a.digest]);
    await store.tag(b.path, "app");
    const users = [
      { kind: "container", name: "web-1", image: a.digest },
      { kind: "lease", name: "stack web", image: a.digest },
    ];
    const [own, other, app] = await store.list();
    expect(own).toMatchObject({ reference: a.path, digest: a.digest, isWhole: true, users });
    expect(app).toMatchObject({ reference: "docker.io/library/app:latest", digest: b.digest, users: [] });
    expect(other).toMatchObject({ reference: b.path });
    expect(own?.uniqueBytes).toBeGreaterThan(0);
    expect(own?.uniqueBytes).toBeLessThan(own?.sizeBytes ?? 0);

    await rm(join(trial.dataDir, "names"), { recursive: true });
    const [nameless, ...others] = await store.list();
    expect(nameless).toMatchObject({ digest: a.digest, users });
    expect(nameless?.reference).toBeUndefined();
    expect(others).toEqual([]);
  });

  test("says which image is not whole", async () => {
    await using trial = await openTrial();
    const { path, digest } = await anImage(trial, "a");
    await trial.store.pull(path);
    const [folder = ""] = (await trial.store.open(digest)).layers;
    await rm(join(folder, "../complete"));
    expect(await trial.store.list()).toMatchObject([{ reference: path, isWhole: false }]);
  });
});

test("what runs on a layer keeps it, when another process brings the same one", async () => {
  await using trial = await openTrial();
  const { path, digest } = await anImage(trial, "a");
  const stores = await Promise.all([usedBy(trial), usedBy(trial), usedBy(trial)]);
  await Promise.all(stores.map((store) => store.pull(path)));
  const { layers } = await trial.store.open(digest);
  expect(await readFile(join(layers[1] ?? "", "a"), "utf8")).toBe("a");
  expect(await trial.visible()).toHaveLength(3);
});

test("a name or lease that is damaged keeps everything, and the rest is listed", async () => {
  await using trial = await openTrial();
  const { path, digest } = await anImage(trial, "a");
  await trial.store.pull(path);
  await trial.store.lease("stack web", [digest]);
  const [file = ""] = await readdir(join(trial.dataDir, "leases"));
  await writeFile(join(trial.dataDir, "leases", file), "{");
  await expect(trial.store.prune({ all: true })).rejects.toMatchObject({
    code: "STORE_DAMAGED",
    hint: expect.stringContaining("fsck") as string,
  });
  expect(await trial.store.list()).toMatchObject([{ reference: path }]);
});
