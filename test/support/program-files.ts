/** A program of this host as files of an image, with the libraries that it needs and the folders that they are in. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { run } from "../../src/sys/run.ts";
import type { ImageFile } from "./build-image.ts";

export async function programFiles(program: string): Promise<readonly ImageFile[]> {
  const paths = [program, ...(await librariesOf(program))];
  const folders = [...new Set(paths.flatMap(foldersAbove))].sort();
  const files = paths.map(async (path): Promise<ImageFile> => ({
    path: path.slice(1),
    content: await readFile(path),
    mode: 0o755,
  }));
  return [
    ...folders.map((path): ImageFile => ({ path: path.slice(1), type: "directory" })),
    ...(await Promise.all(files)),
  ];
}

async function librariesOf(path: string): Promise<readonly string[]> {
  const { stdout } = await run("ldd", [path]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? []);
}

function foldersAbove(path: string): readonly string[] {
  const folder = dirname(path);
  return folder === "/" ? [] : [...foldersAbove(folder), folder];
}
