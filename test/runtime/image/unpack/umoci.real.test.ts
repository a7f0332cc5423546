import { join } from "node:path";
import { beforeAll, afterAll, expect, test, describe } from "vitest";
import { run } from "../../../../src/sys/run.ts";
import { buildImage, busyboxFiles, type ImageFile } from "../../../support/build-image.ts";
import { openTrial, type Trial } from "../trial.ts";
import { everything } from "./everything.ts";
import { merged } from "./merged.ts";

/** Entries that a tool may get wrong, one layer upon another; every folder has its entry. */
async function layers(): Promise<readonly (readonly ImageFile[])[]> {
  const mtime = new Date(1_600_000_000_000);
  const capability = "\u0001\u0000\u0000\u0002\u0000\u0004" + "\u0000".repeat(14);
  const folder = (path: string, more: Partial<ImageFile> = {}): ImageFile => ({
    path,
    type: "directory",
    ...more,
  });
  const base: readonly ImageFile[] = [
    folder("./", { mode: 0o755 }),
    ...(await busyboxFiles()),
    folder("opt", { mode: 0o2750, uid: 10, gid: 20, pax: { "SCHILY.xattr.user.colour": "blue" } }),
    { path: "opt/suid", content: "x", mode: 0o6755, uid: 10, gid: 20, pax: { "SCHILY.xattr.user.a": "b" } },
    {
      path: "opt/capable",
      content: "c",
      mode: 0o755,
      pax: { "SCHILY.xattr.security.capability": capability },
    },
    { path: "opt/hard", type: "link", linkTo: "opt/suid" },
    { path: "opt/harder", type: "link", linkTo: "./opt/hard" },
    { path: "opt/fifo", type: "fifo", mode: 0o600 },
    { path: "opt/zero", type: "character-device", device: [1, 5], mode: 0o666 },
    { path: "opt/disk", type: "block-device", device: [259, 300], mode: 0o660, gid: 6 },
    { path: "opt/naïve – 名前", type: "symlink", linkTo: "../etc/passwd", uid: 3, gid: 4 },
    { path: "opt/elsewhere", content: "o", uid: 3_000_000_000, gid: 4_000_000_000 },
    { path: "opt/nanoseconds", content: "n", pax: { mtime: "1600000000.123456789" } },
    { path: "opt/before 1970", content: "b", mtime: new Date(0), pax: { mtime: "-86400.5" } },
    folder("opt/long"),
    { path: `opt/long/${"n".repeat(200)}`, content: "long" },
    { path: `opt/long/link`, type: "symlink", linkTo: "t/".repeat(100) },
    { path: "opt/twice", content: "first", mode: 0o600 },
    { path: "opt/twice", content: "second", mode: 0o640 },
    folder("tree", { mode: 0o1777 }),
    folder("tree/sub"),
    { path: "tree/sub/gone", content: "g" },
    { path: "tree/sub/stays", content: "s" },
    folder("hidden"),
    { path: "hidden/old", content: "o" },
    folder("becomes-file"),
    { path: "becomes-file/below", content: "b" },
    { path: "becomes-folder", content: "b" },
    folder("usr/lib"),
    { path: "lib", type: "symlink", linkTo: "usr/lib" },
  ];
  const changes: readonly ImageFile[] = [
    folder("tree", { mode: 0o700, uid: 5 }),
    folder("tree/sub"),
    { path: "tree/sub/.wh.gone" },
    { path: "tree/sub/new", content: "n" },
    folder("hidden", { mode: 0o711 }),
    { path: "hidden/.wh..wh..opq" },
    { path: "hidden/new", content: "n" },
    { path: "becomes-file", content: "now" },
    folder("becomes-folder", { mode: 0o750 }),
    { path: "becomes-folder/below", content: "b" },
    { path: "opt/.wh.suid" },
    folder("opt", { mode: 0o755 }),
  ];
  const more: readonly ImageFile[] = [
    { path: ".wh.hidden" },
    folder("tree"),
    { path: "tree/.wh.sub" },
    folder("becomes-folder", { mode: 0o755 }),
    { path: "becomes-folder/.wh.below" },
    { path: "becomes-folder/again", content: "a" },
    folder("new", { uid: 1, gid: 2, mode: 0o4711 }),
    { path: "new/hard", content: "h" },
    { path: "new/harder", type: "link", linkTo: "new/hard" },
  ];
  return [base, changes, more].map((layer) => layer.map((file) => ({ mtime, ...file })));
}

let trial: Trial;
let umocis: readonly string[];
beforeAll(async () => {
  trial = await openTrial();
  const layout = join(trial.dir, "layout");
  await buildImage({ dir: layout, name: "x", layers: await layers() });
  const bundle = join(trial.dir, "bundle");
  await run("umoci", ["unpack", "--image", `${layout}:x`, bundle]);
  umocis = everything(join(bundle, "rootfs"));
});
afterAll(() => trial[Symbol.asyncDispose]());

describe("an image of three layers is, entry by entry, what umoci makes of it", () => {
  const copies: readonly [what: string, reference: string, ...skopeo: (readonly string[])[]][] = [
    ["as it was built", "layout:x"],
    ["copied by skopeo to a layout", "oci:x", ["oci:layout:x", "oci:oci:x"]],
    ["to a layout with zstd", "zstd:x", ["--dest-compress-format=zstd", "oci:layout:x", "oci:zstd:x"]],
    ["to an OCI archive", "archive.tar:x", ["oci:layout:x", "oci-archive:archive.tar:x"]],
    ["to a docker-archive", "docker.tar", ["oci:layout:x", "docker-archive:docker.tar"]],
    [
      "to a folder without compression, and from there to a layout",
      "plain:x",
      ["--dest-decompress", "oci:layout:x", "dir:folder"],
      ["--dest-oci-accept-uncompressed-layers", "dir:folder", "oci:plain:x"],
    ],
  ];
  test.each(copies)("%s", async (_, reference, ...commands) => {
    for (const args of commands) await run("skopeo", ["copy", ...args], { cwd: trial.dir });
    await using own = await openTrial();
    const { layers: roots } = await own.store.open(await own.store.pull(join(trial.dir, reference)));
    await using view = await merged(own.dir, roots);
    const ours = everything(view.root);
    expect(ours.length).toBeGreaterThan(90);
    expect(ours).toEqual(umocis);
  });
});
