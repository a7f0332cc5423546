import { describe, expect, test } from "vitest";
import { streamSource } from "../../../../src/runtime/image/tar/byte-source.ts";
import { readTar, type TarEntry } from "../../../../src/runtime/image/tar/read-tar.ts";
import { packFiles } from "../../../support/build-image.ts";

interface Read extends TarEntry {
  readonly content: string;
}

/** Reads an archive that comes in pieces of `pieceBytes`. */
async function read(tar: Buffer, pieceBytes = 700): Promise<readonly Read[]> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < tar.length; at += pieceBytes)
      yield await Promise.resolve(tar.subarray(at, at + pieceBytes));
  }
  const entries: Read[] = [];
  for await (const entry of readTar(streamSource(pieces()))) {
    let content = "";
    const next = async (): Promise<Buffer> => entry.next(100);
    for (let piece = await next(); piece.length > 0; piece = await next())
      content += piece.toString("latin1");
    entries.push({ ...entry, content });
  }
  return entries;
}

describe("a tar archive", () => {
  test("is read whatever pieces it comes in", async () => {
    const content = "0123456789".repeat(150);
    const tar = await packFiles([
      { path: "a", content, uid: 5, gid: 6, mode: 0o4755 },
      { path: "b/", type: "directory" },
    ]);
    for (const pieceBytes of [1, 511, 512, 513, 100_000]) {
      const [a, b] = await read(tar, pieceBytes);
      expect(a).toMatchObject({ name: "a", type: "0", content, uid: 5, gid: 6, mode: 0o4755 });
      expect(b).toMatchObject({ name: "b/", type: "5", content: "" });
    }
  });

  test("may have long names, long links and names that are not ASCII", async () => {
    const path = `${"long/".repeat(60)}naïve`;
    const [entry] = await read(await packFiles([{ path, type: "symlink", linkTo: "x".repeat(200) }]));
    expect(Buffer.from(entry?.name ?? "", "latin1").toString()).toBe(path);
    expect(entry?.linkName).toBe("x".repeat(200));
  });

  test("may carry times to the nanosecond, also before 1970", async () => {
    const [a, b] = await read(
      await packFiles([
        { path: "a", pax: { mtime: "1700000000.123456789" } },
        { path: "b", pax: { mtime: "-1.5" } },
      ]),
    );
    expect(a?.mtimeNs).toBe(1_700_000_000_123_456_789n);
    expect(b?.mtimeNs).toBe(-1_500_000_000n);
  });

  test("may carry numbers too large for octal digits", async () => {
    const [entry] = await read(await packFiles([{ path: "a", pax: { uid: "4000000000" } }]));
    expect(entry?.uid).toBe(4_000_000_000);
    const header = Buffer.from((await packFiles([{ path: "a" }])).subarray(0, 512));
    header.set([0x80, 0, 0, 0, 0xee, 0x6b, 0x28, 0x00], 108);
    expect((await read(withChecksum(header)))[0]?.uid).toBe(4_000_000_000);
  });

  test("that is damaged is refused", async () => {
    const tar = await packFiles([{ path: "a", content: "x".repeat(1000) }]);
    const flipped = Buffer.from(tar).fill("b", 0, 1);
    const badPax = Buffer.from(await packFiles([{ path: "a", pax: { "user.x": "y" } }])).fill("8", 512, 513);
    const cases = [flipped, tar.subarray(0, 100), tar.subarray(0, 900), badPax];
    for (const damaged of cases) {
      await expect(read(damaged)).rejects.toMatchObject({ code: "ARCHIVE_CORRUPT" });
    }
  });

  test("with enormous headers is refused", async () => {
    const tar = await packFiles([{ path: "a", pax: { "user.x": "y".repeat(2_000_000) } }]);
    await expect(read(tar, 100_000)).rejects.toThrow(/extended headers of an entry are longer/);
  });
});

function withChecksum(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

test("global headers that add up to more than an entry's may have are refused", async () => {
  const archives = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      packFiles([{ path: "a", pax: { [`user.${i}`]: "x".repeat(100_000) } }]),
    ),
  );
  const asGlobal = (tar: Buffer): Buffer => {
    const content = Number.parseInt(tar.toString("latin1", 124, 135), 8);
    const global = Buffer.from(tar.subarray(0, 512 + Math.ceil(content / 512) * 512));
    global.write("g", 156);
    global.fill(" ", 148, 156);
    const sum = global.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    global.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return global;
  };
  const entry = await packFiles([{ path: "b" }]);
  const tar = Buffer.concat(archives.flatMap((archive) => [asGlobal(archive), entry.subarray(0, 512)]));
  await expect(read(tar, 100_000)).rejects.toMatchObject({ code: "ARCHIVE_CORRUPT" });
});
