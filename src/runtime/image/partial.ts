/**
 * Files and folders that are being filled beside their final place: `<name>.<random>.partial`. Whoever fills one has
 * it locked; one that nobody has locked is what a killed run left.
 */
import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { tryLock } from "../../sys/try-lock.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { isTethered } from "../../sys/tether.ts";
import { lockStore } from "./store-lock.ts";

export interface Partial extends AsyncDisposable {
  readonly path: string;
  readonly file: FileHandle;
}

/** Those that have some. */
export const foldersWithPartials = ["ingest", "layers"] as const;

interface Place {
  readonly dataDir: string;
  readonly folder: (typeof foldersWithPartials)[number];
}

/** Rename it to where it belongs when it is whole; disposing takes away what has not been renamed. */
export async function openPartial(
  kind: "file" | "folder",
  { dataDir, folder, name }: Place & { readonly name: string },
): Promise<Partial> {
  const path = join(dataDir, folder, `${name}.${randomBytes(4).toString("hex")}.partial`);
  await using _until = await lockStore(dataDir, "shared"); // a sweep may not come between making and locking it
  if (kind === "folder") await mkdir(path, { mode: 0o700 });
  const file = await open(path, kind === "folder" ? constants.O_RDONLY : "wx", 0o600);
  if (!tryLock(file.fd, path)) throw new TallymanError("EAGAIN", `flock ${path}: somebody else has it`);
  return {
    path,
    file,
    [Symbol.asyncDispose]: async () => {
      if (existsSync(path)) await removeTree(path);
      await file.close();
    },
  };
}

/** Paths of those that nobody fills any more. The caller holds the store's lock exclusively. */
export async function leftPartials({ dataDir, folder }: Place): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, folder));
  return names
    .filter((name) => /^[0-9a-f]+\.[0-9a-f]{8}\.partial$/.test(name))
    .map((name) => join(dataDir, folder, name))
    .filter((path) => !isTethered(path));
}
