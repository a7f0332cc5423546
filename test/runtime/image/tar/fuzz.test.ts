import { expect, test } from "vitest";
import { codeOf } from "../../../../src/model/error.ts";
import { streamSource } from "../../../../src/runtime/image/tar/byte-source.ts";
import { readTar } from "../../../../src/runtime/image/tar/read-tar.ts";
import { interpretEntry } from "../../../../src/runtime/image/unpack/layer-entry.ts";
import { mutated, soundArchive } from "./mutations.ts";

/** What the reader makes of it: the entries' paths, and the code with which it ends. */
async function read(tar: Buffer): Promise<{ readonly paths: readonly string[]; readonly ending: string }> {
  const paths: string[] = [];
  try {
    for await (const entry of readTar(streamSource(chunks(tar)))) {
      const { path } = interpretEntry(entry);
      paths.push(path);
      while ((await entry.next(100)).length > 0);
    }
    return { paths, ending: "sound" };
  } catch (error) {
    return { paths, ending: codeOf(error) ?? String(error) };
  }
}

async function* chunks(tar: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < tar.length; at += 700) yield await Promise.resolve(tar.subarray(at, at + 700));
}

test("of 3,000 nearly sound archives each is read or refused, and no path that is read leads out", async () => {
  const sound = await soundArchive();
  const endings = new Map<string, number>();
  for (let seed = 1; seed <= 3000; seed++) {
    const { paths, ending } = await read(mutated(sound, seed));
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    const unsafe = paths.filter(
      (path) => path.startsWith("/") || path.split("/").includes("..") || path.includes("\0"),
    );
    expect(unsafe, `seed ${seed}`).toEqual([]);
  }
  expect([...endings.keys()].sort()).toEqual(["ARCHIVE_CORRUPT", "LAYER_REFUSED", "sound"]);
  for (const count of endings.values()) expect(count).toBeGreaterThan(100); // else the changes test nothing
});
