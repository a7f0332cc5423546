/**
 * Files and folders that are being filled beside their final place: `<name>.<random>.partial`. Whoever fills one has
 * it locked; one that nobody has locked is what a killed run left.
 */
import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { mkdir, open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { tryLock } from "../../sys/try-lock.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { isTethered } from "../../sys/tether.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { lockStore } from "./store-lock.ts";

export interface Partial extends AsyncDisposable {
  readonly path: string;
  readonly file: FileHandle;
  /** Disposing leaves it where it is, for `takeUpPartial`. */
  keep(): void;
}

/** So much of a blob is worth keeping when its download breaks off. */
export const worthKeepingBytes = 1024 * 1024;
/** And so long. */
const keptMs = 24 * 60 * 60 * 1000;

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
  const file = await open(path, kind === "folder" ? constants.O_RDONLY : "wx+", 0o600);
  // Whoever merely looks whether it is held has it for a moment.
  if (await waitUntil(() => tryLock(file.fd, path), { timeoutMs: 10_000 })) return owned(path, file);
  await file.close();
  throw new TallymanError("EAGAIN", `flock ${path}: somebody else has it`);
}

/**
 * A file that an earlier attempt has kept and nobody fills: what is written goes to its end. Undefined where there is
 * none. What it holds may be anything, as after a power loss.
 */
export async function takeUpPartial({
  dataDir,
  folder,
  name,
}: Place & { readonly name: string }): Promise<Partial | undefined> {
  await using _until = await lockStore(dataDir, "shared");
  const names = await readdir(join(dataDir, folder));
  for (const kept of names.filter((each) => each.startsWith(`${name}.`) && each.endsWith(".partial"))) {
    const path = join(dataDir, folder, kept);
    const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW).catch(
      () => undefined,
    );
    if (!file) continue;
    if (tryLock(file.fd, path) && (await isStill(path, file))) return owned(path, file);
    await file.close();
  }
  return undefined;
}

/** Who filled it may have given it its final name before we had the lock. */
async function isStill(path: string, file: FileHandle): Promise<boolean> {
  const [there, ours] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return there?.ino === ours.ino && there.dev === ours.dev;
}

function owned(path: string, file: FileHandle): Partial {
  let isKept = false;
  return {
    path,
    file,
    keep: () => void (isKept = true),
    [Symbol.asyncDispose]: async () => {
      if (!isKept && existsSync(path)) await removeTree(path);
      await file.close();
    },
  };
}

/** Paths of those that nobody fills any more, nor may want to. The caller holds the store's lock exclusively. */
export async function leftPartials({ dataDir, folder }: Place): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, folder));
  const left = names
    .filter((name) => /^[0-9a-f]+\.[0-9a-f]{8}\.partial$/.test(name))
    .map((name) => join(dataDir, folder, name))
    .filter((path) => !isTethered(path));
  const worth = await Promise.all(left.map((path) => isWorthKeeping(path)));
  return left.filter((_, i) => worth[i] !== true);
}

async function isWorthKeeping(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  return found.size >= worthKeepingBytes && Date.now() - found.mtimeMs < keptMs;
}
