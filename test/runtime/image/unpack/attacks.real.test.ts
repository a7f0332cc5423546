import { lstat, mkdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { digest } from "../../../../src/model/ids.ts";
import { unpackLayer } from "../../../../src/runtime/image/unpack/unpack-layer.ts";
import { defaultLimits } from "../../../../src/runtime/image/unpack/protocol.ts";
import { listXattrs, getXattr } from "../../../../src/sys/xattr.ts";
import { openBeneath } from "../../../../src/sys/open-beneath.ts";
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { openTrial } from "../trial.ts";
import { open } from "node:fs/promises";
import { constants } from "node:fs";

describe("an entry that could leave the layer, or lie about it, is refused by its name", () => {
  const cases: readonly [string, ImageFile][] = [
    ["climbs", { path: "a/../../evil", content: "x" }],
    ["links upwards", { path: "hard", type: "link", linkTo: "../../evil" }],
    ["links to what is not in the layer", { path: "passwd", type: "link", linkTo: "/etc/passwd" }],
    ["whites out its parent", { path: "a/.wh..", content: "" }],
    ["whites out its grandparent", { path: "a/.wh...", content: "" }],
    ["whites out nothing", { path: ".wh.", content: "" }],
    ["is aufs metadata", { path: ".wh..wh.plnk", content: "" }],
    ["lies in a whiteout", { path: ".wh.a/b", content: "" }],
    ["poses as a whiteout", { path: "gone", type: "character-device", device: [0, 0] }],
    ["replaces the root", { path: "./", type: "symlink", linkTo: "/etc" }],
    ["lies beneath a file", { path: "file/below", content: "x" }],
    ["lies beneath a dangling link", { path: "dangling/below", content: "x" }],
    ["lies beneath a circle", { path: "circle/below", content: "x" }],
    ["has too long a name", { path: "n".repeat(300), content: "x" }],
    ["has a NUL in its path", { path: "x", content: "x", pax: { path: "a\0b" } }],
  ];

  test.each(cases)("that %s", async (_, entry) => {
    await using trial = await openTrial();
    const ground: readonly ImageFile[] = [
      { path: "file", content: "x" },
      { path: "dangling", type: "symlink", linkTo: "nowhere" },
      { path: "circle", type: "symlink", linkTo: "circle" },
    ];
    const name = entry.pax?.["path"] ?? entry.path;
    await expect(trial.pullLayers([...ground, entry])).rejects.toMatchObject({
      code: "LAYER_REFUSED",
      message: expect.stringContaining(JSON.stringify(name)) as string,
      hint: expect.any(String) as string,
    });
    expect(await trial.visible()).toEqual([]);
  });
});

describe("what a link points to outside is out of reach", () => {
  test.each(["/../../../../../../target", "../../../../../../../../target", "ABSOLUTE"])(
    "by %s",
    async (linkTo) => {
      await using trial = await openTrial();
      const outside = join(trial.dir, "target");
      await mkdir(outside);
      await writeFile(join(outside, "kept"), "mine");
      const target = linkTo === "ABSOLUTE" ? outside : linkTo;
      const [root = ""] = await trial.pullLayers([
        { path: outside.slice(1), type: "directory" },
        { path: "target", type: "directory" },
        { path: "link", type: "symlink", linkTo: target },
        { path: "link/evil", content: "x" },
        { path: "link/kept", content: "overwritten" },
        { path: "again", type: "symlink", linkTo: "link" },
        { path: "again/.wh.kept", content: "" },
      ]);
      expect(await readFile(join(outside, "kept"), "utf8")).toBe("mine");
      await expect(lstat(join(outside, "evil"))).rejects.toMatchObject({ code: "ENOENT" });
      expect(await readlink(join(root, "link"))).toBe(target);
      const inside = linkTo === "ABSOLUTE" ? join(root, outside) : join(root, "target");
      expect(await readFile(join(inside, "evil"), "utf8")).toBe("x");
    },
  );

  test("also where a folder that was made is replaced by a link", async () => {
    await using trial = await openTrial();
    const outside = join(trial.dir, "target");
    await mkdir(outside, { mode: 0o711 });
    await trial.pullLayers([
      { path: "d", type: "directory", mode: 0o777, mtime: new Date(5000) },
      { path: "d", type: "symlink", linkTo: outside },
      { path: "d", type: "directory", mode: 0o777, uid: 77 },
    ]);
    const { mode, uid } = await lstat(outside);
    expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o711, uid: 0 });
  });

  test("and an absolute name is a name inside", async () => {
    await using trial = await openTrial();
    const [root = ""] = await trial.pullLayers([{ path: "//etc/tallyman-attack", content: "x" }]);
    expect(await readFile(join(root, "etc/tallyman-attack"), "utf8")).toBe("x");
    await expect(lstat("/etc/tallyman-attack")).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("extended attributes that speak to overlayfs or the host are dropped, an image's own are kept", async () => {
  await using trial = await openTrial();
  const capability = "\u0001\u0000\u0000\u0002\u0000\u0004" + "\u0000".repeat(14);
  const [root = ""] = await trial.pullLayers([
    {
      path: "f",
      content: "x",
      pax: {
        "SCHILY.xattr.trusted.overlay.redirect": "/etc",
        "SCHILY.xattr.trusted.overlay.opaque": "y",
        "SCHILY.xattr.security.selinux": "x",
        "SCHILY.xattr.security.capability": capability,
        "SCHILY.xattr.user.colour": "blue",
      },
    },
  ]);
  await using folder = await open(root);
  using file = openBeneath(folder.fd, Buffer.from("f"), constants.O_RDONLY);
  expect([...listXattrs(file.fd)].sort()).toEqual(["security.capability", "user.colour"]);
  expect(Buffer.from(getXattr(file.fd, "user.colour")).toString()).toBe("blue");
});

describe("limits hold", () => {
  async function unpack(tar: Uint8Array, limits: Partial<typeof defaultLimits>): Promise<void> {
    await using trial = await openTrial();
    const blob = join(trial.dir, "blob");
    const target = join(trial.dir, "target");
    await writeFile(blob, gzipSync(tar));
    await mkdir(target);
    const diffId = digest(`sha256:${createHash("sha256").update(tar).digest("hex")}`);
    await unpackLayer(blob, { target, lower: [], diffId, limits: { ...defaultLimits, ...limits } });
  }

  test("on bytes, on their ratio to what was downloaded, and on entries", async () => {
    const zeros = await packFiles([{ path: "zeros", content: Buffer.alloc(8_000_000) }]);
    await unpack(zeros, {});
    await expect(unpack(zeros, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "LAYER_TOO_LARGE" });
    await expect(unpack(zeros, { maxRatio: 50, ratioFreeBytes: 0 })).rejects.toMatchObject({
      code: "LAYER_TOO_LARGE",
    });
    const many = await packFiles(Array.from({ length: 20 }, (_, i) => ({ path: `f${i}` })));
    await expect(unpack(many, { maxEntries: 19 })).rejects.toThrow(/"f19" is one too many/);
  });

  test("on what follows the end of the archive, too", async () => {
    const trailing = Buffer.concat([await packFiles([{ path: "a" }]), Buffer.alloc(2_000_000, 1)]);
    await unpack(trailing, {});
    await expect(unpack(trailing, { maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: "LAYER_TOO_LARGE",
    });
  });
});

test("a layer that is not what its diff id says leaves nothing", async () => {
  await using trial = await openTrial();
  const blob = join(trial.dir, "blob");
  const target = join(trial.dir, "target");
  await mkdir(target);
  await writeFile(blob, await packFiles([{ path: "a" }]));
  const diffId = digest(`sha256:${"0".repeat(64)}`);
  await expect(unpackLayer(blob, { target, lower: [], diffId })).rejects.toMatchObject({
    code: "DIGEST_MISMATCH",
  });
});
