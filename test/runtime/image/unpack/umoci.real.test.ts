import { lstat, open, readFile, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listXattrs } from "../../../../src/sys/xattr.ts";
import { run } from "../../../../src/sys/run.ts";
import { buildImage, busyboxFiles, type ImageFile } from "../../../support/build-image.ts";
import { openTrial } from "../trial.ts";

/** Every entry below `root` with all that is to be seen of it. Folders have no size of their own. */
async function listing(root: string): Promise<readonly string[]> {
  const names = (await readdir(root, { recursive: true })).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      const stat = await lstat(path, { bigint: true });
      const about = [name, stat.mode.toString(8), `${stat.uid}:${stat.gid}`, stat.mtimeNs, stat.rdev];
      if (stat.isSymbolicLink()) return [...about, await readlink(path)].join(" ");
      if (stat.isFile())
        return [...about, stat.nlink, await xattrs(path), await readFile(path, "base64")].join(" ");
      return about.join(" ");
    }),
  );
}

async function xattrs(path: string): Promise<string> {
  await using file = await open(path);
  return [...listXattrs(file.fd)].sort().join(",");
}

test("an image's tree is what umoci makes of it", async () => {
  await using trial = await openTrial();
  const dir = join(trial.dir, "layout");
  const mtime = new Date(1_600_000_000_000);
  const special: readonly ImageFile[] = [
    { path: "opt", type: "directory", mode: 0o2750, uid: 10, gid: 20 },
    {
      path: "opt/suid",
      content: "x",
      mode: 0o6755,
      uid: 10,
      gid: 20,
      pax: { "SCHILY.xattr.user.a": "b" },
    },
    { path: "opt/hard", type: "link", linkTo: "opt/suid" },
    { path: "opt/fifo", type: "fifo", mode: 0o600 },
    { path: "opt/zero", type: "character-device", device: [1, 5], mode: 0o666 },
    { path: `implied/${"long/".repeat(40)}name`, content: "deep" },
    { path: "opt/naïve – 名前", type: "symlink", linkTo: "../etc/passwd", uid: 3, gid: 4 },
  ];
  const digest = await buildImage({
    dir,
    name: "x",
    layers: [[...(await busyboxFiles()), ...special].map((file) => ({ ...file, mtime }))],
  });
  await trial.store.pull(dir);
  const { layers } = await trial.store.open(digest);
  const bundle = join(trial.dir, "bundle");
  await run("umoci", ["unpack", "--image", `${dir}:x`, bundle]);

  const ours = await listing(layers[0] ?? "");
  expect(ours.length).toBeGreaterThan(100);
  const implied = /^implied(?:\/long)* /; // folders without an entry: umoci gives them the time at which it ran
  const described = (line: string): boolean => !implied.test(line);
  expect(ours.filter(described)).toEqual((await listing(join(bundle, "rootfs"))).filter(described));
});
