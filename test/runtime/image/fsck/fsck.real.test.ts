import { appendFile, chmod, lstat, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../../../src/model/ids.ts";
import { checkStore, type CheckResult } from "../../../../src/runtime/image/fsck/check-store.ts";
import type { ImageUser } from "../../../../src/runtime/image/types.ts";
import { buildImage } from "../../../support/build-image.ts";
import { folderContents } from "../../../support/folder-contents.ts";
import { openTrial, type Trial } from "../trial.ts";

interface Options {
  readonly repair?: boolean;
  readonly deep?: boolean;
  readonly users?: readonly ImageUser[];
}

async function check(
  { dataDir }: Trial,
  { repair = false, deep = false, users = [] }: Options = {},
): Promise<CheckResult> {
  const containers = (): { found: readonly ImageUser[]; damage: [] } => ({ found: users, damage: [] });
  return checkStore(dataDir, { containers, repair, deep, signal: AbortSignal.timeout(60_000) });
}

async function kinds(trial: Trial, options: Options = {}): Promise<readonly string[]> {
  return (await check(trial, options)).findings.map(({ kind }) => kind);
}

async function pulled(trial: Trial): Promise<{ readonly path: string; readonly digest: Digest }> {
  const path = join(trial.dir, "image");
  const files = [
    { path: "folder", type: "directory" },
    { path: "folder/file", content: "hello", mode: 0o4755 },
    { path: "folder/link", type: "symlink", linkTo: "file" },
  ] as const;
  const digest = await buildImage({ dir: path, layers: [files] });
  await trial.store.pull(path);
  return { path, digest };
}

async function layer(trial: Trial, digest: Digest): Promise<string> {
  const [folder = ""] = (await trial.store.open(digest)).layers;
  return folder;
}

/** The blob that is neither of the documents. */
async function layerBlob(trial: Trial): Promise<string> {
  await using layout = await trial.store.layout(["image"].map((name) => join(trial.dir, name)));
  const sizes = await Promise.all(
    layout.files
      .filter(({ path }) => path.startsWith("blobs/"))
      .map(async (file) => ({ path: file.path, isGzip: (await firstByte(file.content())) === 0x1f })),
  );
  return join(trial.dataDir, sizes.find(({ isGzip }) => isGzip)?.path ?? "");
}

async function firstByte(content: AsyncIterable<Uint8Array>): Promise<number | undefined> {
  for await (const chunk of content) return chunk[0];
  return undefined;
}

test("a sound store has no findings, deep or not, and an ordinary check changes nothing in it", async () => {
  await using trial = await openTrial();
  await pulled(trial);
  const before = folderContents(trial.dataDir);
  expect(await check(trial)).toEqual({ findings: [], images: 1, blobs: 3, layers: 1 });
  expect(folderContents(trial.dataDir)).toEqual(before);
  expect(await kinds(trial, { deep: true })).toEqual([]);
  expect(await trial.visible()).toHaveLength(2);
});

describe("what is broken is found, mended without fetching anything, and whole again after a pull", () => {
  test.each<[string, (trial: Trial, digest: Digest) => Promise<unknown>, readonly string[]]>([
    [
      "a lost manifest",
      (trial, digest) => rm(join(trial.dataDir, "blobs/sha256", digest.slice(7))),
      ["incomplete-image"],
    ],
    [
      "a changed manifest",
      (trial, digest) => appendFile(join(trial.dataDir, "blobs/sha256", digest.slice(7)), " "),
      ["changed-blob", "incomplete-image"],
    ],
    [
      "a blob that a power loss has emptied",
      async (trial) => truncate(await layerBlob(trial)),
      ["changed-blob", "incomplete-image"],
    ],
    ["a lost blob", async (trial) => rm(await layerBlob(trial)), ["incomplete-image"]],
    [
      "a layer without its mark",
      async (trial, digest) => rm(join(await layer(trial, digest), "../complete")),
      ["unmarked-layer", "incomplete-image"],
    ],
    [
      "a layer with another one's mark",
      async (trial, digest) => writeFile(join(await layer(trial, digest), "../complete"), digest),
      ["unmarked-layer", "incomplete-image"],
    ],
    [
      "a lost layer",
      async (trial, digest) => rm(join(await layer(trial, digest), ".."), { recursive: true }),
      ["incomplete-image"],
    ],
    [
      "a name that cannot be read",
      async ({ dataDir }) =>
        writeFile(join(dataDir, "names", (await readdir(join(dataDir, "names")))[0] ?? ""), "{"),
      ["damaged-record"],
    ],
    [
      "what was left over",
      async ({ dataDir }) => {
        await writeFile(join(dataDir, "ingest", `${"a".repeat(64)}.0a1b2c3d.partial`), "half");
        await writeFile(join(dataDir, "trash", "0123"), "");
      },
      ["stray", "stray"],
    ],
  ])("%s", async (_, damage, expected) => {
    await using trial = await openTrial();
    const { path, digest } = await pulled(trial);
    await damage(trial, digest);
    expect(await kinds(trial)).toEqual(expected);
    const { findings } = await check(trial, { repair: true });
    expect(findings.map(({ kind }) => kind)).toEqual(expected);
    expect(findings.every(({ isMended }) => isMended)).toBe(true);
    expect(await kinds(trial)).toEqual([]);
    await trial.store.pull(path);
    expect(await trial.store.find(path)).toEqual({ digest, stored: true });
    expect(await kinds(trial)).toEqual([]);
  });
});

describe("a deep check finds", () => {
  test.each<[string, (file: string) => Promise<unknown>, RegExp]>([
    ["content", (file) => writeFile(file, "HELLO"), /file" differs in its (?:content|time|type or mode)/],
    ["a mode", (file) => chmod(file, 0o755), /file" differs in its type or mode/],
    ["a time", (file) => utimes(file, 1, 1), /file" differs in its time/],
    ["a file that is gone", (file) => rm(file), /folder" differs in (?:what is in it|its time)/],
  ])("%s that was altered in a layer, and keeps it for a container", async (_, alter, difference) => {
    await using trial = await openTrial();
    const { digest } = await pulled(trial);
    await alter(join(await layer(trial, digest), "folder/file"));
    expect(await kinds(trial)).toEqual([]);
    const users: readonly ImageUser[] = [{ kind: "container", name: "web-1", image: digest }];
    const { findings } = await check(trial, { deep: true, repair: true, users });
    expect(findings).toMatchObject([
      { kind: "altered-layer", isMended: false, hint: expect.stringContaining("web-1") as string },
    ]);
    expect(findings[0]?.message).toMatch(difference);
    expect((await lstat(await layer(trial, digest))).isDirectory()).toBe(true);
    expect(await trial.visible()).toHaveLength(2);
  });

  test("a blob whose content has changed and whose size has not", async () => {
    await using trial = await openTrial();
    await pulled(trial);
    const path = await layerBlob(trial);
    const { size } = await lstat(path);
    await writeFile(path, Buffer.alloc(size, 1));
    expect(await kinds(trial)).toEqual([]);
    expect(await kinds(trial, { deep: true, repair: true })).toEqual(["changed-blob", "incomplete-image"]);
    expect(await kinds(trial, { deep: true })).toEqual([]);
  });
});
