import { constants } from "node:fs";
import { lstat, mkdir, open, readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openBeneath } from "../../../../src/sys/open-beneath.ts";
import { run } from "../../../../src/sys/run.ts";
import { getXattr, listXattrs } from "../../../../src/sys/xattr.ts";
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { openTrial } from "../trial.ts";
import { merged } from "./merged.ts";

const base: readonly ImageFile[] = [
  {
    path: "d",
    type: "directory",
    mode: 0o1750,
    uid: 7,
    gid: 8,
    mtime: new Date(9000),
    pax: { "SCHILY.xattr.user.d": "x" },
  },
  { path: "d/old", content: "old" },
  { path: "d/gone", content: "gone" },
  { path: "tree", type: "directory" },
  { path: "tree/a", content: "a" },
  { path: "tree/sub", type: "directory" },
  { path: "tree/sub/b", content: "b" },
  { path: "file", content: "file" },
];

async function mergedNames(...layers: (readonly ImageFile[])[]): Promise<readonly string[]> {
  await using trial = await openTrial();
  await using view = await merged(trial.dir, await trial.pullLayers(...layers));
  return (await readdir(view.root, { recursive: true })).sort();
}

describe("seen through overlayfs", () => {
  test("a whiteout takes a file or a whole folder away", async () => {
    expect(await mergedNames(base, [{ path: "d/.wh.gone" }, { path: ".wh.tree" }])).toEqual([
      "d",
      "d/old",
      "file",
    ]);
  });

  test("an opaque folder shows only what is new, whichever comes first", async () => {
    const expected = ["d", "d/gone", "d/old", "file", "tree", "tree/new"];
    const opaque: ImageFile = { path: "tree/.wh..wh..opq" };
    const folder: ImageFile = { path: "tree", type: "directory" };
    const fresh: ImageFile = { path: "tree/new", content: "n" };
    for (const layer of [
      [folder, opaque, fresh],
      [opaque, fresh],
      [folder, fresh, opaque],
    ]) {
      expect(await mergedNames(base, layer)).toEqual(expected);
    }
  });

  test("what is taken away and made anew in one layer has nothing of the old, whichever comes first", async () => {
    const expected = ["d", "d/gone", "d/old", "file", "tree", "tree/new"];
    const whiteout: ImageFile = { path: ".wh.tree" };
    const folder: ImageFile = { path: "tree", type: "directory" };
    const fresh: ImageFile = { path: "tree/new", content: "n" };
    for (const layer of [
      [whiteout, folder, fresh],
      [folder, fresh, whiteout],
      [whiteout, fresh],
    ]) {
      expect(await mergedNames(base, layer)).toEqual(expected);
    }
  });

  test("a whiteout of what is not there is nothing", async () => {
    expect(await mergedNames([{ path: "a" }, { path: ".wh.b" }])).toEqual(["a"]);
    expect(await mergedNames([{ path: "a" }], [{ path: "d/.wh.b" }, { path: ".wh.c" }])).toEqual(["a"]);
  });

  test("what takes the place of something that this layer had there shows nothing of below", async () => {
    const folder: ImageFile = { path: "tree", type: "directory" };
    for (const layer of [
      [{ path: "tree" }, folder, { path: "tree/new" }],
      [{ path: ".wh.tree" }, { path: "tree" }, folder, { path: "tree/new" }],
      [{ path: "tree/.wh..wh..opq" }, { path: "tree" }, folder, { path: "tree/new" }],
    ]) {
      expect(await mergedNames(base, layer)).toEqual(["d", "d/gone", "d/old", "file", "tree", "tree/new"]);
    }
  });

  test("a whiteout in an opaque folder is not seen, whichever comes first", async () => {
    for (const layer of [
      [{ path: "tree/.wh.a" }, { path: "tree/.wh..wh..opq" }],
      [{ path: "tree/.wh..wh..opq" }, { path: "tree/.wh.a" }],
      [{ path: "tree/sub/.wh.b" }, { path: ".wh.tree" }],
    ]) {
      const names = await mergedNames(base, layer);
      expect(names.filter((name) => name.startsWith("tree/") && name !== "tree/sub")).toEqual([]);
    }
  });

  test("what is hidden by a layer in between lends nothing to one above", async () => {
    await using trial = await openTrial();
    const layers = await trial.pullLayers(
      base,
      [{ path: "d/.wh..wh..opq" }, { path: ".wh.file" }],
      [{ path: "d/old/x" }, { path: "d/.wh.gone" }, { path: "file/x" }],
    );
    await using view = await merged(trial.dir, layers);
    expect((await readdir(view.root, { recursive: true })).sort().slice(0, 5)).toEqual([
      "d",
      "d/old",
      "d/old/x",
      "file",
      "file/x",
    ]);
  });

  test("an entry behind a link of a layer below lands where the link leads", async () => {
    const links: readonly ImageFile[] = [
      { path: "lib", type: "symlink", linkTo: "usr/lib" },
      { path: "usr/lib", type: "directory", mode: 0o711, uid: 5 },
      { path: "usr/lib/a", content: "a" },
      { path: "opt/up", type: "symlink", linkTo: "../lib" },
    ];
    await using trial = await openTrial();
    const layers = await trial.pullLayers(links, [
      { path: "lib/b", content: "b" },
      { path: "opt/up/c", content: "c" },
      { path: "lib/.wh.a" },
      { path: "d", type: "link", linkTo: "lib/b" },
    ]);
    await using view = await merged(trial.dir, layers);
    expect((await readdir(join(view.root, "usr/lib"))).sort()).toEqual(["b", "c"]);
    expect((await lstat(join(view.root, "lib"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(view.root, "d"), "utf8")).toBe("b");
    const { mode, uid } = await stat(join(view.root, "lib"));
    expect({ mode: mode & 0o7777, uid }).toEqual({ mode: 0o711, uid: 5 });
  });

  test("an entry beneath a file of a layer below is refused", async () => {
    await using trial = await openTrial();
    await expect(trial.pullLayers(base, [{ path: "file/below" }])).rejects.toThrow(
      /entry "file\/below" lies beneath something that is not a folder/,
    );
  });

  test("a folder that a layer only passes through keeps mode, owner, time and attributes of below", async () => {
    await using trial = await openTrial();
    const layers = await trial.pullLayers(base, [
      { path: "d/new", content: "n" },
      { path: "x/y/z", content: "z" },
    ]);
    await using view = await merged(trial.dir, layers);
    const { mode, uid, gid, mtimeMs } = await stat(join(view.root, "d"));
    expect({ mode: mode & 0o7777, uid, gid, mtimeMs }).toEqual({
      mode: 0o1750,
      uid: 7,
      gid: 8,
      mtimeMs: 9000,
    });
    expect((await stat(join(view.root, "x/y"))).mode & 0o7777).toBe(0o755);
    await using root = await open(layers[1] ?? "");
    using folder = openBeneath(root.fd, Buffer.from("d"), constants.O_RDONLY);
    expect(listXattrs(folder.fd)).toEqual(["user.d"]);
  });
});

test("a later entry of a name replaces the earlier one", async () => {
  await using trial = await openTrial();
  const [root = ""] = await trial.pullLayers([
    { path: "a", content: "first" },
    { path: "a", content: "second" },
    { path: "b", type: "directory" },
    { path: "b/below", content: "x" },
    { path: "b", content: "a file now" },
    { path: "c", type: "symlink", linkTo: "a" },
    { path: "c", content: "not through the link" },
    { path: "e", type: "directory", mode: 0o700 },
    { path: "e/kept", content: "x" },
    { path: "e", type: "directory", mode: 0o711 },
  ]);
  expect(await readFile(join(root, "a"), "utf8")).toBe("second");
  expect(await readFile(join(root, "b"), "utf8")).toBe("a file now");
  expect(await readFile(join(root, "c"), "utf8")).toBe("not through the link");
  expect((await lstat(join(root, "e"))).mode & 0o777).toBe(0o711);
  expect(await readdir(join(root, "e"))).toEqual(["kept"]);
});

test("every kind of file is made as it was: type, mode, owner, time and link count", async () => {
  await using trial = await openTrial();
  const mtime = new Date(1_234_567_000);
  const [root = ""] = await trial.pullLayers([
    { path: "dir", type: "directory", mode: 0o2775, uid: 1, gid: 2, mtime },
    { path: "dir/suid", content: "x", mode: 0o4755, uid: 3, gid: 4, mtime },
    { path: "hard", type: "link", linkTo: "/dir/suid" },
    { path: "soft", type: "symlink", linkTo: "/etc/passwd", uid: 5, gid: 6, mtime },
    { path: "fifo", type: "fifo", mode: 0o620, uid: 7, gid: 8, mtime },
    { path: "null", type: "character-device", device: [1, 3], mode: 0o666, mtime },
    { path: "disk", type: "block-device", device: [259, 70_000], mode: 0o600, mtime },
    { path: "nanoseconds", pax: { mtime: "1.000000001" } },
  ]);
  const seen = async (name: string) => {
    const { mode, uid, gid, mtimeMs, nlink } = await lstat(join(root, name));
    return [mode.toString(8), `${uid}:${gid}`, mtimeMs, nlink];
  };
  expect(await seen("dir")).toEqual(["42775", "1:2", mtime.getTime(), 2]);
  expect(await seen("dir/suid")).toEqual(["104755", "3:4", mtime.getTime(), 2]);
  expect(await seen("hard")).toEqual(["104755", "3:4", mtime.getTime(), 2]);
  expect(await seen("soft")).toEqual(["120777", "5:6", mtime.getTime(), 1]);
  expect(await seen("fifo")).toEqual(["10620", "7:8", mtime.getTime(), 1]);
  expect(await seen("null")).toEqual(["20666", "0:0", mtime.getTime(), 1]);
  expect(await seen("disk")).toEqual(["60600", "0:0", mtime.getTime(), 1]);
  const { stdout } = await run("stat", ["-c", "%t:%T", join(root, "disk")]);
  expect(stdout.trim()).toBe("103:11170");
  expect((await lstat(join(root, "nanoseconds"), { bigint: true })).mtimeNs).toBe(1_000_000_001n);
});

test("names and attributes that are not text survive to the byte", async () => {
  await using trial = await openTrial();
  const source = join(trial.dir, "source");
  await mkdir(source);
  const odd = Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff, 0xfe, 0x41])]);
  await (await open(odd, "w")).close();
  await (await open(join(source, "capable"), "w")).close();
  await run("setcap", ["cap_setuid,cap_sys_admin=ep", join(source, "capable")]);
  const archive = join(trial.dir, "odd.tar");
  await run("tar", ["--format=pax", "--xattrs", "--xattrs-include=*", "-cf", archive, "-C", source, "."]);
  const [root = ""] = await trial.pullLayers(await readFile(archive));
  const names = await readdir(root, { encoding: "buffer" });
  expect(names.map((name) => name.toString("hex")).sort()).toEqual(["63617061626c65", "fffe41"]);
  const capability = async (folder: string): Promise<string> => {
    await using file = await open(join(folder, "capable"));
    return Buffer.from(getXattr(file.fd, "security.capability")).toString("hex");
  };
  expect(await capability(root)).toBe(await capability(source));
});

test("gzip in several members, zstd and plain archives unpack alike", async () => {
  await using trial = await openTrial();
  const { buildImage } = await import("../../../support/build-image.ts");
  for (const compression of ["gzip", "zstd", "none"] as const) {
    const dir = join(trial.dir, compression);
    const digest = await buildImage({
      dir,
      layers: [await packFiles([{ path: compression, content: "x" }])],
      compression,
    });
    expect(await trial.store.pull(dir)).toBe(digest);
    const { layers } = await trial.store.open(digest);
    expect(await readdir(layers[0] ?? "")).toEqual([compression]);
  }
});
