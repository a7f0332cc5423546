import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { openGround, refusalOf, type Ground, type UnpackOptions } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

const MB = 1_000_000;
const zeros = (path: string, sizeBytes: number): ImageFile => ({ path, content: Buffer.alloc(sizeBytes) });
const files = (count: number): readonly ImageFile[] =>
  Array.from({ length: count }, (_, i) => ({ path: `f${i}` }));

describe("a bomb is refused", () => {
  const cases: readonly [
    what: string,
    layer: readonly ImageFile[],
    limits: NonNullable<UnpackOptions["limits"]>,
    message: RegExp,
  ][] = [
    [
      "by its size",
      [zeros("a", 1), zeros("bomb", 8 * MB)],
      { maxBytes: MB },
      /unpack to more than 1000000, .* \(at entry "bomb" or after it\)$/,
    ],
    [
      "by its ratio",
      [zeros("a", 1), zeros("bomb", 8 * MB)],
      { maxRatio: 50, ratioFreeBytes: 0 },
      /unpack to more than \d+, .* \(at entry "bomb" or after it\)$/,
    ],
    ["by its count", files(20), { maxEntries: 19 }, /^entry "f19" is one too many: at most 19 are allowed/],
    [
      "by the folders that it implies",
      [{ path: `${"d/".repeat(19)}f` }],
      { maxEntries: 19 },
      /^entry "d\/d\/.*f" is one too many/,
    ],
    [
      "by the length of its paths",
      [{ path: `${"long/".repeat(100)}f` }],
      { maxPathBytes: 10_000 },
      /^entry "long\/.*" has too long a path, together with those before it$/,
    ],
    [
      "by an extended header",
      [{ path: "a", pax: { "SCHILY.xattr.user.x": "y".repeat(2 * MB) } }],
      {},
      /extended headers of an entry are longer than 1048576 bytes/,
    ],
    [
      "by a long name",
      [{ path: "n".repeat(2 * MB) }],
      {},
      /extended headers of an entry are longer than 1048576 bytes/,
    ],
    [
      "by a long link",
      [{ path: "a", type: "symlink", linkTo: "n".repeat(2 * MB) }],
      {},
      /extended headers of an entry are longer than 1048576 bytes/,
    ],
  ];
  test.each(cases)("%s", async (_, layer, limits, message) => {
    const tar = await packFiles(layer);
    const refusal = await refusalOf(ground.unpack([tar], { limits, blob: gzipSync(tar) }));
    expect(refusal.message).toMatch(message);
  });

  test("by a hundred frames of zeros", async () => {
    const tar = await packFiles([zeros("a", 1)]);
    const frame = zstdCompressSync(Buffer.alloc(8 * MB));
    const blob = Buffer.concat([zstdCompressSync(tar), ...Array.from({ length: 100 }, () => frame)]);
    const refusal = await refusalOf(ground.unpack([tar], { blob, limits: { maxBytes: 100 * MB } }));
    expect(refusal).toMatchObject({ code: "LAYER_TOO_LARGE" });
  });

  test("by what follows the end of the archive", async () => {
    const trailing = Buffer.concat([await packFiles([zeros("a", 1)]), Buffer.alloc(2 * MB, 1)]);
    const refusal = await refusalOf(ground.unpack([trailing], { limits: { maxBytes: MB } }));
    expect(refusal).toMatchObject({ code: "LAYER_TOO_LARGE" });
  });

  test("by a file that fills the disk", async () => {
    const tar = await packFiles([zeros("a", 1), zeros("bomb", 150 * MB)]);
    await using small = await openGround(60 * MB);
    const refusal = await refusalOf(small.unpack([tar], { blob: gzipSync(tar) }));
    expect(refusal).toMatchObject({ code: "ENOSPC" });
  });
});

test("as much as is allowed is allowed", async () => {
  const tar = await packFiles([zeros("a", 8 * MB)]);
  await ground.unpack([tar], { blob: gzipSync(tar), limits: { maxBytes: tar.length } });
  await ground.unpack([await packFiles(files(20))], { limits: { maxEntries: 20 } });
});
