import { randomBytes } from "node:crypto";
import { mkdtempDisposable, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openImageReader } from "../../../src/runtime/image/reader.ts";
import { run } from "../../../src/sys/run.ts";
import type { LayerProgress } from "../../../src/runtime/image/types.ts";
import { buildImage } from "../../support/build-image.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { openTrial, quickRegistries } from "./trial.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let registry: TestRegistry;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "registry-"));
  registry = await startRegistry(folder.path);
});

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await folder.remove();
});

interface Pushed {
  /** A repository of its own, with the host. */
  readonly repository: string;
  readonly layout: string;
}

/** Pushes an image of two layers as `<repository>:v1`. */
async function push(...options: readonly string[]): Promise<Pushed> {
  const name = `r${randomBytes(4).toString("hex")}`;
  const layout = join(folder.path, name);
  const layers = [[{ path: "base", content: name }], [{ path: "top", content: name.repeat(30_000) }]];
  await buildImage({ dir: layout, layers, name: "v1", config: { Cmd: ["/x"], User: "9" } });
  const repository = `${registry.host}/${name}`;
  await run("skopeo", [
    "copy",
    "--dest-tls-verify=false",
    ...options,
    `oci:${layout}:v1`,
    `docker://${repository}:v1`,
  ]);
  return { repository, layout };
}

describe("an image in a registry", () => {
  test.each([["oci"], ["v2s2"]])("with a manifest of %s is found, pulled and opened", async (format) => {
    const { repository } = await push("--format", format);
    await using trial = await openTrial();
    const reference = `${repository}:v1`;
    expect(await trial.store.find(reference)).toBeUndefined();
    const resolved = await trial.store.resolve(reference);

    const progress: LayerProgress[] = [];
    const digest = await trial.store.pull(reference, { onProgress: (event) => progress.push(event) });

    expect(digest).toBe(resolved);
    expect(await trial.store.find(reference)).toEqual({ digest, stored: true });
    expect(await trial.store.find(`${repository}@${digest}`)).toEqual({ digest, stored: true });
    const [summary, ...others] = await trial.store.list();
    expect(summary).toMatchObject({ reference, digest });
    expect(summary?.sizeBytes).toBeGreaterThan(500);
    expect(others).toEqual([]);
    const { layers, config } = await trial.store.open(digest);
    expect(await Promise.all(layers.map((layer) => readdir(layer)))).toEqual([["base"], ["top"]]);
    expect(config).toMatchObject({ cmd: ["/x"], user: "9" });
    const last = new Map(progress.map((event) => [event.digest, event]));
    expect(
      [...last.values()].map(({ phase, currentBytes, totalBytes }) => [phase, currentBytes === totalBytes]),
    ).toEqual([
      ["done", true],
      ["done", true],
    ]);
  });

  test("is read where there is no store, and none is made", async () => {
    const { repository, layout } = await push();
    const dataDir = join(folder.path, "none");
    const reader = openImageReader({ dataDir, runDir: dataDir }, { registries: quickRegistries });
    const digest = await reader.resolve(`${repository}:v1`);
    expect(await reader.find(`${repository}:v1`)).toBeUndefined();
    expect(await reader.find(`${layout}:v1`)).toMatchObject({ stored: false });
    expect(await reader.list()).toEqual([]);
    expect(digest).toMatch(/^sha256:/);
    await expect(readdir(dataDir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("can be opened when the registry has lost it", async () => {
    const { repository } = await push();
    await using trial = await openTrial();
    const digest = await trial.store.pull(`${repository}:v1`);
    await rm(join(registry.storage, "docker/registry/v2/repositories", repository.split("/")[1] ?? "?"), {
      recursive: true,
    });
    expect((await trial.store.open(digest)).layers).toHaveLength(2);
    await expect(trial.store.pull(`${repository}:v1`)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(await trial.store.find(`${repository}:v1`)).toEqual({ digest, stored: true });
  });

  test("is pulled once when two pull it at once", async () => {
    const { repository } = await push();
    await using trial = await openTrial();
    const [a, b] = await Promise.all([1, 2].map(() => trial.store.pull(`${repository}:v1`)));
    expect(a).toBe(b);
    expect(await readdir(join(trial.dataDir, "layers"))).toHaveLength(2);
    expect(await readdir(join(trial.dataDir, "ingest"))).toEqual([]);
  });

  test("shares the layers that another has, and fetches only its own", async () => {
    const { repository, layout } = await push();
    await using trial = await openTrial();
    await trial.store.pull(`${layout}:v1`);
    const progress: LayerProgress[] = [];
    await trial.store.pull(`${repository}:v1`, { onProgress: (event) => progress.push(event) });
    expect(progress.map((event) => event.phase)).toEqual(["done", "done"]);
  });
});

describe("of an index", () => {
  /** Puts a document into the registry's own hands, as `:index`. */
  async function putIndex(repository: string, manifests: readonly object[]): Promise<void> {
    const [host = "", name = ""] = repository.split("/");
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const response = await fetch(`http://${host}/v2/${name}/manifests/index`, {
      method: "PUT",
      headers: { "content-type": mediaType },
      body: JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  test("the image for this machine is opened, and the index's digest recorded", async () => {
    const { repository, layout } = await push();
    const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
      manifests: [object];
    };
    const other = { ...manifests[0], platform: { os: "linux", architecture: "s390x" } };
    const ours = {
      ...manifests[0],
      platform: { os: "linux", architecture: { x64: "amd64" }[process.arch as "x64"] },
    };
    await putIndex(repository, [other, ours]);
    await using trial = await openTrial();
    const reference = `${repository}:index`;
    const digest = await trial.store.pull(reference);
    expect(digest).toBe(await trial.store.resolve(reference));
    expect(digest).not.toBe(await trial.store.resolve(`${repository}:v1`));
    expect(await trial.store.find(reference)).toEqual({ digest, stored: true });
    expect((await trial.store.open(digest)).layers).toHaveLength(2);
  });

  test("without an image for this machine, it is said what there is", async () => {
    const { repository, layout } = await push();
    const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
      manifests: [object];
    };
    await putIndex(repository, [
      { ...manifests[0], platform: { os: "linux", architecture: "s390x" } },
      { ...manifests[0], platform: { os: "unknown", architecture: "unknown" } },
    ]);
    await using trial = await openTrial();
    await expect(trial.store.pull(`${repository}:index`)).rejects.toMatchObject({
      code: "NO_MATCHING_PLATFORM",
      message: expect.stringMatching(/:index.*made for linux\/s390x,/) as string,
    });
    expect(await trial.visible()).toEqual([]);
  });
});

describe("a registry's own mistakes", () => {
  test("a blob that was cut short on its disk is refused, and nothing is kept", async () => {
    const { repository } = await push();
    await using trial = await openTrial();
    const blob = await largestBlob(repository);
    await truncate(blob, 100);
    await expect(trial.store.pull(`${repository}:v1`)).rejects.toMatchObject({ code: "BLOB_TRUNCATED" });
    expect(
      (await trial.visible()).filter((name) => name.includes("partial") || name.includes("json")),
    ).toEqual([]);
  });

  test("a blob that was changed on its disk is refused", async () => {
    const { repository } = await push();
    await using trial = await openTrial();
    const blob = await largestBlob(repository);
    const content = await readFile(blob);
    await writeFile(blob, content.fill(0, 50, 60));
    await expect(trial.store.pull(`${repository}:v1`)).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
      message: expect.stringContaining(`${repository}:v1`) as string,
    });
  });

  async function largestBlob(repository: string): Promise<string> {
    const [host = "", name = ""] = repository.split("/");
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const response = await fetch(`http://${host}/v2/${name}/manifests/v1`, { headers: { accept } });
    const { layers } = (await response.json()) as { layers: { digest: string; size: number }[] };
    const hex = layers.sort((a, b) => b.size - a.size)[0]?.digest.slice(7) ?? "";
    return join(registry.storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  }
});
