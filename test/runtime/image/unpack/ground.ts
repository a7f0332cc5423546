/** A small disk to unpack layers onto, with something beside them that must not change. */
import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { TallymanError } from "../../../../src/model/error.ts";
import { digest } from "../../../../src/model/ids.ts";
import { layerLimits, type LayerLimits } from "../../../../src/runtime/image/limits.ts";
import { unpackLayer } from "../../../../src/runtime/image/unpack/unpack-layer.ts";
import { listXattrs } from "../../../../src/sys/xattr.ts";
import { packFiles, type ImageFile } from "../../../support/build-image.ts";
import { folderContents } from "../../../support/folder-contents.ts";
import { aTmpfs } from "../../../support/tmpfs.ts";

export interface Ground extends AsyncDisposable {
  readonly dir: string;
  /** Not a layer's: what an archive that breaks out would reach. */
  readonly outside: string;
  /** `outside`, to the byte. */
  readonly outsideNow: () => readonly string[];
  /** Unpacks the layers one upon another, the base first, and returns their roots. */
  unpack(
    layers: readonly (readonly ImageFile[] | Uint8Array)[],
    options?: UnpackOptions,
  ): Promise<readonly string[]>;
}

export interface UnpackOptions {
  /** Roots of layers below the first. */
  readonly lower?: readonly string[];
  readonly limits?: Partial<LayerLimits>;
  /** The topmost layer's blob, where it is not the archive as it is. */
  readonly blob?: Uint8Array;
}

/** How errors name the layer: `layer sha256:111…`. */
export const layerName = digest(`sha256:${"1".repeat(64)}`);

export async function openGround(sizeBytes = 512 * 1024 * 1024): Promise<Ground> {
  const disk = await aTmpfs(sizeBytes);
  const dir = disk.path;
  const outside = join(dir, "outside");
  await mkdir(outside, { mode: 0o751 });
  await writeFile(join(outside, "kept"), "mine");
  let targets = 0;
  const add = async (
    tar: Uint8Array,
    lower: readonly string[],
    { limits, blob }: UnpackOptions,
  ): Promise<string> => {
    const target = join(dir, `${++targets}`);
    await mkdir(target, { mode: 0o700 });
    await writeFile(`${target}.blob`, blob ?? tar);
    const diffId = digest(`sha256:${createHash("sha256").update(tar).digest("hex")}`);
    const options = { target, lower, diffId, digest: layerName, limits: { ...layerLimits, ...limits } };
    await unpackLayer(`${target}.blob`, options);
    return target;
  };
  return {
    dir,
    outside,
    outsideNow: () => [...readdirSync(dir).filter((name) => !/^\d/.test(name)), ...folderContents(outside)],
    unpack: async (layers, options = {}) => {
      const roots = [...(options.lower ?? [])];
      for (const layer of layers) {
        const tar = layer instanceof Uint8Array ? layer : await packFiles(layer);
        roots.push(await add(tar, roots, layer === layers.at(-1) ? options : {}));
      }
      return roots;
    },
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

/** What a person wants to see of a layer: `name/`, `name=content`, `name -> target`, `name (what else it is)`. */
export function listing(root: string): readonly string[] {
  return pathsBelow(root).map((name) => {
    const path = join(root, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
    if (stat.isFile()) return `${name}=${readFileSync(path, "utf8")}`;
    if (stat.isDirectory()) return `${name}/${isOpaque(path) ? " (opaque)" : ""}`;
    if (stat.isCharacterDevice() && stat.rdev === 0) return `${name} (whiteout)`;
    return `${name} (${stat.isFIFO() ? "fifo" : `device ${stat.rdev >> 8}:${stat.rdev & 0xff}`})`;
  });
}

/** Of every entry, sorted. Links to folders are not followed, which Node's recursive `readdir` does. */
export function pathsBelow(root: string, folder = ""): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...pathsBelow(root, path)] : [path];
    })
    .sort();
}

function isOpaque(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    return listXattrs(fd).includes("trusted.overlay.opaque");
  } finally {
    closeSync(fd);
  }
}

/** What is said of a layer that is refused. */
export async function refusalOf(
  unpacking: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await unpacking.then(
    () => new Error("it was unpacked"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TallymanError)) throw error;
  const named = `layer ${layerName}: `;
  expect(error.message.slice(0, named.length)).toBe(named);
  return { code: error.code, message: error.message.slice(named.length) };
}
