/** Archives that are nearly sound: a sound one with a few changes that a seed decides. */
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { randomNumbers } from "../../../support/random.ts";
import { withHeader } from "../../../support/tar-header.ts";

/** One of every kind of entry, with extended headers. */
export function soundArchive(): Promise<Buffer> {
  const files: readonly ImageFile[] = [
    { path: "d", type: "directory", mode: 0o2755 },
    {
      path: "d/file",
      content: "content ".repeat(100),
      pax: { "SCHILY.xattr.trusted.overlay.redirect": "/x", mtime: "1.5" },
    },
    { path: "d/hard", type: "link", linkTo: "d/file" },
    { path: "d/up", type: "symlink", linkTo: "../../.." },
    { path: "d/up/through", content: "x" },
    { path: `${"long/".repeat(40)}name`, type: "symlink", linkTo: "t/".repeat(80) },
    { path: "fifo", type: "fifo" },
    { path: "null", type: "character-device", device: [1, 3] },
    { path: ".wh.gone" },
    { path: "d/.wh..wh..opq" },
    { path: "d", type: "directory", mode: 0o700, uid: 5 },
    { path: "last", content: "last" },
  ];
  return packFiles(files);
}

/** Up to four changes; the same seed makes the same ones. */
export function mutated(sound: Buffer, seed: number): Buffer {
  const random = randomNumbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const below = (limit: number): number => Math.floor(random() * limit);
  const header = (tar: Buffer): number => pick(headersOf(tar));
  const changes: readonly ((tar: Buffer) => Buffer)[] = [
    (tar) => Buffer.from(tar).fill(below(256), below(tar.length)).subarray(0, tar.length),
    (tar) => tar.subarray(0, below(tar.length)),
    (tar) => withField(tar, header(tar), pick(fields)),
    (tar) => withField(tar, header(tar), pick(fields)),
    (tar) => withField(tar, header(tar), [156, pick([..."01234567xgLKSVZ\0".split("")])]),
    (tar) => withHeader(tar, (bytes) => bytes.writeUInt8(below(256), below(512)), header(tar)),
    (tar) => repeated(tar, header(tar), header(tar)),
    (tar) => flipped(tar, below(tar.length), below(8)),
  ];
  let tar = sound;
  for (let left = 1 + below(4); left > 0; left--) tar = tar.length < 1024 ? tar : pick(changes)(tar);
  return tar;
}

type Field = readonly [offset: number, value: string];

const fields: readonly Field[] = [
  ...[
    "../../../../outside/kept\0",
    "/\0",
    "\0",
    ".\0",
    "..\0",
    "d/up/outside\0",
    ".wh..\0",
    ".wh.d\0",
    "d/file/x\0",
    "null/x\0",
    "last\0",
  ].map((name): Field => [0, name]),
  ...["../../outside\0", "/\0", "\0", "d\0", "..\0", "last\0", "d/.wh.x\0"].map((target): Field => [
    157,
    target,
  ]),
  ...["7777777\0", "-1\0", "\xff\xff\xff\xff\xff\xff\xff\xff", "\x80\0\0\0\xff\xff\xff\xff"].map(
    (mode): Field => [100, mode],
  ),
  ...["\xff\xff\xff\xff\xff\xff\xff\xff", "\x80\0\0\0\xff\xff\xff\xff", "7777777\0"].map((uid): Field => [
    108,
    uid,
  ]),
  ...[
    "00000000001\0",
    "77777777777\0",
    "00000001000\0",
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
  ].map((size): Field => [124, size]),
  ...[
    "77777777777\0",
    "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
    "\xff\xff\xff\xff\x80\0\0\0\0\0\0\0",
  ].map((mtime): Field => [136, mtime]),
  [257, "ustar  \0"],
  [329, "\xff\xff\xff\xff\xff\xff\xff\xff"],
  [329, "0000000\0"],
  [345, "../..\0"],
];

function withField(tar: Buffer, at: number, [offset, value]: Field): Buffer {
  return withHeader(tar, (header) => header.write(value, offset, "latin1"), at);
}

/** Copies the entry at `from`, or some of it, to `to`. */
function repeated(tar: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([tar.subarray(0, to), tar.subarray(from, from + 1024), tar.subarray(to)]);
}

function flipped(tar: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(tar);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
  return copy;
}

/** Where headers are, told by their marks. */
function headersOf(tar: Buffer): readonly number[] {
  const blocks = Array.from({ length: Math.floor(tar.length / 512) }, (_, i) => i * 512);
  return blocks.filter((at) => tar.toString("latin1", at + 257, at + 262) === "ustar").concat(0);
}
