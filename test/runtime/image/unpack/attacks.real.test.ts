import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getXattr, listXattrs } from "../../../../src/sys/xattr.ts";
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { withHeader } from "../../../support/tar-header.ts";
import { openTrial } from "../trial.ts";
import { listing, openGround, refusalOf, type Ground } from "./ground.ts";

let ground: Ground;
let untouched: readonly string[];
beforeAll(async () => {
  ground = await openGround();
  untouched = ground.outsideNow();
});
afterAll(() => ground[Symbol.asyncDispose]());

const file = (path: string, more: Partial<ImageFile> = {}): ImageFile => ({ path, content: "x", ...more });
const folder = (path: string): ImageFile => ({ path, type: "directory" });
const symlink = (path: string, linkTo: string): ImageFile => ({ path, type: "symlink", linkTo });
const hardLink = (path: string, linkTo: string): ImageFile => ({ path, type: "link", linkTo });
const long = "long-name/".repeat(500);

describe("an entry that could leave the layer, or lies, is refused by its name", () => {
  const climbs = 'climbs out of its folder with ".."';
  const isNoFolder = "lies beneath something that is not a folder";
  const isNothing = "is a whiteout of nothing that can exist";
  const inWhiteout = "lies in a folder whose name begins with .wh.";
  const isMissing =
    "cannot be made: it, or what it links to, lies beneath a link that leads nowhere, or does not exist";
  const cases: readonly [entry: string, why: string, ...layer: ImageFile[]][] = [
    ["../evil", climbs, file("../evil")],
    ["a/../../evil", climbs, file("a/../../evil")],
    ["/../evil", climbs, file("/../evil")],
    ["..", climbs, folder("..")],
    ["a/..", climbs, symlink("a/..", "b")],
    ["a/../.wh.evil", climbs, file("a/../.wh.evil")],
    [
      "hard",
      'links to "../../evil", which climbs out of its folder with ".."',
      hardLink("hard", "../../evil"),
    ],
    ["hard", 'links to "a/../../b", which climbs out of its folder with ".."', hardLink("hard", "a/../../b")],
    ["hard", isMissing, hardLink("hard", "/etc/passwd")],
    ["hard", isMissing, symlink("link", "/etc"), hardLink("hard", "link/passwd")],
    ["hard", isMissing, hardLink("hard", "hard")],
    ["hard", "is a link to the layer's root", hardLink("hard", "/")],
    ["hard", "cannot be made: it, or what it links to, may not be made", folder("d"), hardLink("hard", "d")],
    ["d", isMissing, file("d/inside"), hardLink("d", "d/inside")],
    ["a/.wh..", isNothing, file("a/.wh..")],
    ["a/.wh...", isNothing, file("a/.wh...")],
    [".wh.", isNothing, file(".wh.")],
    [".wh..wh.plnk", isNothing, file(".wh..wh.plnk")],
    [".wh..wh..wh..opq", isNothing, file(".wh..wh..wh..opq")],
    [".wh.a/b", inWhiteout, file(".wh.a/b")],
    ["a/.wh.b/.wh.c", inWhiteout, file("a/.wh.b/.wh.c")],
    [
      "gone",
      "is device 0/0, overlayfs's own mark for what was removed",
      { path: "gone", type: "character-device", device: [0, 0] },
    ],
    ["./", "replaces the layer's root", symlink("./", "/etc")],
    ["/", "replaces the layer's root", hardLink("/", "a")],
    ["file/below", isNoFolder, file("file"), file("file/below")],
    ["file/below", isNoFolder, file("file"), folder("file/below")],
    ["fifo/below", isNoFolder, { path: "fifo", type: "fifo" }, file("fifo/below")],
    [
      "dev/null/below",
      isNoFolder,
      { path: "dev/null", type: "character-device", device: [1, 3] },
      file("dev/null/below"),
    ],
    ["link/below", isNoFolder, file("file"), symlink("link", "file"), file("link/below")],
    [
      "circle/below",
      "lies beneath links that lead in a circle",
      symlink("circle", "circle"),
      file("circle/below"),
    ],
    [
      "a/below",
      "lies beneath links that lead in a circle",
      symlink("a", "b/c"),
      symlink("b", "a"),
      file("a/below"),
    ],
    ["n".repeat(256), "has too long a name", file("n".repeat(256))],
    [long, "has too long a name", folder(long)],
    ["long-target", "has too long a name", symlink("long-target", "t".repeat(5000))],
    ["a\0b", "has a NUL in its path", file("x", { pax: { path: "a\0b" } })],
    ["nul", "is a link to nothing", { ...symlink("nul", ""), pax: { linkpath: "x\0y" } }],
    ["empty", "is a link to nothing", symlink("empty", "")],
    ["owned", "has an impossible owner 4294967295:0", file("owned", { pax: { uid: "4294967295" } })],
    [
      "owned",
      "has an impossible owner 0:9007199254740991",
      file("owned", { pax: { gid: "9007199254740991" } }),
    ],
    [
      "sparse",
      "is a sparse file in GNU's form, which layers cannot have",
      file("sparse", { pax: { "GNU.sparse.major": "1" } }),
    ],
  ];

  test.each(cases)("%j %s", async (entry, why, ...layer) => {
    expect(await refusalOf(ground.unpack([layer]))).toEqual({
      code: "LAYER_REFUSED",
      message: `entry ${JSON.stringify(entry)} ${why}`,
    });
    expect(ground.outsideNow()).toEqual(untouched);
  });

  test("as is a hard link to what only a layer below has, as in Docker", async () => {
    const layers = [[file("below")], [hardLink("hard", "below")]];
    expect(await refusalOf(ground.unpack(layers))).toMatchObject({
      code: "LAYER_REFUSED",
      message: expect.stringContaining('entry "hard" cannot be made: it, or what it links to') as string,
    });
  });

  /** GNU's sparse, multi-volume, directory-dump and long-name entries, a volume's name, Solaris' own, unknown ones. */
  test.each("SMDNVXAZ8".match(/./g) ?? [])("as is one of type %j", async (type) => {
    const tar = withHeader(await packFiles([file("odd")]), (header) => header.write(type, 156));
    expect(await refusalOf(ground.unpack([tar]))).toEqual({
      code: "LAYER_REFUSED",
      message: `entry "odd" is of a type ("${type}") that layers cannot have`,
    });
  });
});

describe("an entry that seems to leave the layer is made inside", () => {
  const cases: readonly [what: string, layer: readonly ImageFile[], made: readonly string[]][] = [
    ["by a leading slash", [file("//a")], ["a=x"]],
    ["by dots in between", [file("./a/./b//c")], ["a/", "a/b/", "a/b/c=x"]],
    ["by names of dots only", [file(".../....")], [".../", ".../....=x"]],
    [
      "by a link upwards",
      [symlink("a/up", "../../../.."), file("a/up/b")],
      ["a/", "a/up -> ../../../..", "b=x"],
    ],
    [
      "by links to links to the root",
      [symlink("a", "b"), symlink("b", "/c"), symlink("c", "/"), file("a/d")],
      ["a -> b", "b -> /c", "c -> /", "d=x"],
    ],
    [
      "by a link to what is not there, which is made",
      [symlink("run", "/var/run"), file("run/lock/x")],
      ["run -> /var/run", "var/", "var/run/", "var/run/lock/", "var/run/lock/x=x"],
    ],
    [
      "by a hard link to a symbolic link: it is the link that gets a second name",
      [symlink("etc", "/etc"), hardLink("again", "etc")],
      ["again -> /etc", "etc -> /etc"],
    ],
  ];
  test.each(cases)("%s", async (_, layer, made) => {
    const [root = ""] = await ground.unpack([layer]);
    expect(listing(root)).toEqual(made);
    expect(ground.outsideNow()).toEqual(untouched);
  });
});

describe("what a link points to outside is out of reach", () => {
  const climb = "../".repeat(9);
  test.each([
    ["", (outside: string) => outside],
    [" by the root's parent", (outside: string) => `/${climb}${outside.slice(1)}`],
    [" by the folder's parents", (outside: string) => `${climb}${outside.slice(1)}`],
  ])("by its path%s", async (_, from) => {
    const linkTo = from(ground.outside);
    const inside = ground.outside.slice(1);
    const [, root = ""] = await ground.unpack([
      [{ path: `${inside}/kept`, content: "below" }],
      [
        symlink("link", linkTo),
        file("link/evil"),
        symlink("again", "link"),
        file("again/.wh.kept"),
        { path: "link/owned", type: "directory", mode: 0o777, uid: 77 },
        hardLink("again/hard", "link/evil"),
      ],
    ]);
    expect(listing(root).filter((line) => !line.endsWith("/") || line.includes("owned"))).toEqual([
      "again -> link",
      `link -> ${linkTo}`,
      `${inside}/evil=x`,
      `${inside}/hard=x`,
      `${inside}/kept (whiteout)`,
      `${inside}/owned/`,
    ]);
    expect(ground.outsideNow()).toEqual(untouched);
  });

  test("where a folder that was made is replaced by a link", async () => {
    const d = { path: "d", type: "directory", mode: 0o777, uid: 77, mtime: new Date(5000) } as const;
    const [root = ""] = await ground.unpack([[d, file("d/a"), symlink("d", ground.outside), d, file("d/b")]]);
    expect(listing(root)).toEqual(["d/", "d/b=x"]);
    expect(ground.outsideNow()).toEqual(untouched);
  });

  test("where a file is replaced by a link to what is outside, and the link by a file", async () => {
    const kept = `${ground.outside}/kept`;
    const [root = ""] = await ground.unpack([
      [file("a"), symlink("a", kept), file("a"), symlink("b", kept), file("b")],
    ]);
    expect(listing(root)).toEqual(["a=x", "b=x"]);
    expect(ground.outsideNow()).toEqual(untouched);
  });
});

test("device nodes and setuid files are made as they are, where only root can reach them", async () => {
  await using trial = await openTrial();
  const [root = ""] = await trial.pullLayers([
    { path: "sda", type: "block-device", device: [8, 0], mode: 0o666 },
    file("su", { mode: 0o6755 }),
  ]);
  expect((await lstat(join(root, "su"))).mode & 0o7777).toBe(0o6755);
  for (const shut of [trial.dataDir, join(trial.dataDir, "layers")]) {
    expect((await lstat(shut)).mode & 0o077).toBe(0);
  }
});

test("extended attributes that speak to overlayfs or the host are dropped, an image's own are kept", async () => {
  await using trial = await openTrial();
  const capability = "\u0001\u0000\u0000\u0002\u0000\u0004" + "\u0000".repeat(14);
  const pax = {
    "SCHILY.xattr.trusted.overlay.redirect": "/etc",
    "SCHILY.xattr.trusted.overlay.opaque": "y",
    "SCHILY.xattr.trusted.overlay.metacopy": "",
    "SCHILY.xattr.security.selinux": "x",
    "SCHILY.xattr.security.ima": "x",
    "SCHILY.xattr.system.posix_acl_access": "x",
    "SCHILY.xattr.user.colour": "blue",
  };
  const [root = ""] = await trial.pullLayers([
    { path: "f", content: "x", pax: { ...pax, "SCHILY.xattr.security.capability": capability } },
    { path: "d", type: "directory", pax },
  ]);
  const attributes = async (name: string): Promise<readonly string[]> => {
    await using opened = await open(join(root, name));
    return listXattrs(opened.fd)
      .map((key) => `${key} ${Buffer.from(getXattr(opened.fd, key)).toString("latin1")}`)
      .sort();
  };
  expect(await attributes("f")).toEqual([`security.capability ${capability}`, "user.colour blue"]);
  expect(await attributes("d")).toEqual(["user.colour blue"]);
});

test("a refusal names the image, the layer and the entry, and leaves the store as it was", async () => {
  await using trial = await openTrial();
  const kept = await trial.pullLayers([file("kept")]);
  const before = await trial.visible();
  const deep = "deep/".repeat(810); // with the store's own path longer than any path may be
  const error = await refusalOfImage(trial.pullLayers([file(deep + "file"), file("../evil")]));
  expect(error).toMatch(
    /^image \/.*\/image: layer sha256:[0-9a-f]{64}: entry "\.\.\/evil" climbs out of its folder/,
  );
  expect(await trial.visible()).toEqual(before);
  expect(await readdir(kept[0] ?? "")).toEqual(["kept"]);
});

async function refusalOfImage(pulling: Promise<unknown>): Promise<string> {
  return pulling.then(
    () => "it was pulled",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
}
