import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../../../src/sys/run.ts";
import { packFiles } from "../../../support/build-image.ts";
import { withHeader } from "../../../support/tar-header.ts";
import { listing, openGround, refusalOf, type Ground } from "./ground.ts";

let ground: Ground;
let tar: Buffer;
beforeAll(async () => {
  ground = await openGround();
  tar = await packFiles([
    { path: "first", content: "1" },
    { path: "second", content: "2".repeat(2000) },
    { path: "third", content: "3" },
  ]);
});
afterAll(() => ground[Symbol.asyncDispose]());

const second = 1024; // where the header of "second" begins
const secondContent = second + 512;
const third = secondContent + 2048;

describe("a damaged archive is refused, and where", () => {
  const cases: readonly [what: string, archive: () => Uint8Array, message: RegExp][] = [
    [
      "cut within its first header",
      () => tar.subarray(0, 100),
      /ends within a header \(before its first entry\)$/,
    ],
    [
      "cut within a header",
      () => tar.subarray(0, second + 100),
      /ends within a header \(at entry "first" or after it\)$/,
    ],
    [
      "cut within a file",
      () => tar.subarray(0, secondContent + 100),
      /ends within "second" \(at entry "second" or after it\)$/,
    ],
    [
      "with a flipped name",
      () => Buffer.from(tar).fill("x", second, second + 1),
      /checksum is wrong \(at entry "first" or after it\)$/,
    ],
    [
      "of anything else",
      () => Buffer.alloc(4096, "Z"),
      /"ZZZZZZZZ" is not an octal number \(before its first entry\)$/,
    ],
    [
      "whose mode is not a number",
      () => withHeader(tar, (header) => header.write("rwxr-xr", 100), second),
      /"rwxr-xr" is not an octal number/,
    ],
    [
      "whose size is beyond its end",
      () => withHeader(tar, (header) => header.write("77777777777", 124), third),
      /ends within "third"/,
    ],
    [
      "whose size is negative",
      () => withHeader(tar, (header) => header.fill(0xff, 124, 136), third),
      /a size is negative/,
    ],
    [
      "whose size is no number there is",
      () => withHeader(tar, (header) => header.fill(0xff, 124, 136).writeUInt8(0x80, 124), third),
      /a number in a header is too large/,
    ],
  ];
  test.each(cases)("one %s", async (_, archive, message) => {
    const refusal = await refusalOf(ground.unpack([archive()]));
    expect(refusal).toEqual({ code: "ARCHIVE_CORRUPT", message: expect.stringMatching(message) as string });
  });

  const badPax: readonly [what: string, pax: Readonly<Record<string, string>>, message: string][] = [
    ["uid", { uid: "-1" }, "uid=-1 is not a number"],
    ["size", { size: "1e3" }, "size=1e3 is not a number"],
    ["size beyond 2^53", { size: "9999999999999999" }, "size=9999999999999999 is not a number"],
    ["time", { mtime: "yesterday" }, "mtime=yesterday is not a time"],
    ["size beyond the end", { size: "1000000" }, 'it ends within "a"'],
  ];
  test.each(badPax)("one with a wrong %s in an extended header", async (_, pax, message) => {
    const refusal = await refusalOf(ground.unpack([[{ path: "a", content: "x", pax }]]));
    expect(refusal.message).toContain(`the tar archive is damaged: ${message}`);
  });
});

describe("a damaged blob is refused", () => {
  const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 20);
  const flipped = (bytes: Uint8Array, fromEnd: number): Uint8Array => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(copy.length - fromEnd) ^ 1, copy.length - fromEnd);
    return copy;
  };
  const garbage = Buffer.from("not a member, not a frame");
  const cases: readonly [what: string, blob: () => Uint8Array | Promise<Uint8Array>, message: RegExp][] = [
    ["gzip that is cut", () => cut(gzipSync(tar)), /unexpected end of file/],
    ["gzip with a wrong checksum", () => flipped(gzipSync(tar), 7), /incorrect data check/],
    ["gzip with a wrong length", () => flipped(gzipSync(tar), 1), /incorrect length check/],
    ["gzip with garbage after it", () => Buffer.concat([gzipSync(tar), garbage]), /incorrect header check/],
    [
      "gzip whose second member is cut",
      () => cut(Buffer.concat([gzipSync(tar), gzipSync(tar)])),
      /unexpected end of file/,
    ],
    ["zstd that is cut", () => cut(zstdCompressSync(tar)), /unexpected end of file/],
    ["zstd with a wrong checksum", async () => flipped(await zstd(tar, "--check"), 2), /checksum/],
    ["zstd with garbage after it", () => Buffer.concat([zstdCompressSync(tar), garbage]), /frame descriptor/],
    ["zstd that wants 2 GiB of memory", () => Buffer.from("28b52ffd00a8010000", "hex"), /too much memory/],
  ];
  test.each(cases)("%s", async (_, blob, message) => {
    const refusal = await refusalOf(ground.unpack([tar], { blob: await blob() }));
    expect(refusal).toEqual({
      code: "LAYER_CORRUPT",
      message: expect.stringMatching(
        /^it cannot be decompressed: .* \((?:before its first entry|at entry ".*)\)$/,
      ) as string,
    });
    expect(refusal.message).toMatch(message);
  });

  test("one that is not what its diff id says", async () => {
    const other = await packFiles([{ path: "other", content: "x" }]);
    expect(await refusalOf(ground.unpack([tar], { blob: gzipSync(other) }))).toEqual({
      code: "DIGEST_MISMATCH",
      message: expect.stringMatching(/^it unpacks to sha256:.*, its image says sha256:/) as string,
    });
  });
});

/** The same archive in every form in which it may come. */
describe("sound, though unusual", () => {
  const halves = (): readonly [Buffer, Buffer] => [tar.subarray(0, 700), tar.subarray(700)];
  const skippable = Buffer.concat([Buffer.from("5a2a4d1804000000", "hex"), Buffer.from("skip")]);
  const cases: readonly [what: string, blob: () => Uint8Array | Promise<Uint8Array>][] = [
    ["not compressed", () => tar],
    ["gzip in two members", () => Buffer.concat(halves().map((half) => gzipSync(half)))],
    [
      "gzip in a hundred members, some of them empty",
      () => inPieces(100, (piece) => Buffer.concat([gzipSync(piece), gzipSync("")])),
    ],
    ["gzip with zeros after it, as tapes have", () => Buffer.concat([gzipSync(tar), Buffer.alloc(1024)])],
    ["zstd in two frames", () => Buffer.concat(halves().map((half) => zstdCompressSync(half)))],
    [
      "zstd in a hundred frames with skippable ones between, as zstd:chunked has",
      () => inPieces(100, (piece) => Buffer.concat([zstdCompressSync(piece), skippable])),
    ],
    ["zstd that begins with a skippable frame", () => Buffer.concat([skippable, zstdCompressSync(tar)])],
    ["zstd with checksums and a window of 128 MiB", () => zstd(tar, "--check", "--long=27")],
  ];
  test.each(cases)("%s", async (_, blob) => {
    const [root = ""] = await ground.unpack([tar], { blob: await blob() });
    expect(listing(root)).toEqual(["first=1", `second=${"2".repeat(2000)}`, "third=3"]);
  });

  const archives: readonly [what: string, archive: () => Uint8Array][] = [
    ["without an end mark", () => tar.subarray(0, tar.length - 1024)],
    ["with half an end mark", () => tar.subarray(0, tar.length - 512)],
    [
      "with garbage after its end mark, which counts in its diff id",
      () => Buffer.concat([tar, randomBytes(3000)]),
    ],
    ["padded to a tape's record", () => Buffer.concat([tar, Buffer.alloc(10_240)])],
    [
      "in the old form, with spaces and without ustar's mark",
      () => withHeader(tar, (header) => header.fill(0, 257, 512).write("   644 ", 100)),
    ],
  ];
  test.each(archives)("an archive %s", async (_, archive) => {
    const [root = ""] = await ground.unpack([archive()]);
    expect(listing(root)).toEqual(["first=1", `second=${"2".repeat(2000)}`, "third=3"]);
  });

  test("an archive of nothing", async () => {
    for (const empty of [new Uint8Array(0), new Uint8Array(1024)]) {
      const [root = ""] = await ground.unpack([empty]);
      expect(listing(root)).toEqual([]);
    }
  });

  function inPieces(count: number, compress: (piece: Uint8Array) => Uint8Array): Uint8Array {
    const size = Math.ceil(tar.length / count);
    const pieces = Array.from({ length: count }, (_, i) => tar.subarray(i * size, (i + 1) * size));
    return Buffer.concat(pieces.map(compress));
  }
});

/** By zstd(1), for what Node's own does not offer. */
async function zstd(bytes: Uint8Array, ...options: readonly string[]): Promise<Uint8Array> {
  const from = `${ground.dir}/0.tar`;
  await writeFile(from, bytes);
  await run("zstd", ["-q", "-f", ...options, from, "-o", `${from}.zst`]);
  return readFile(`${from}.zst`);
}
