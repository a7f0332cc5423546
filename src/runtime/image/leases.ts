/**
 * Leases: who needs what of the store though no name or container says so. A standing lease is a file that stays until
 * it is given up; a pull's is locked by the pull, and is void when that has ended in whatever way.
 */
import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { digest } from "../../model/ids.ts";
import { isJsonObject, type JsonValue } from "../../model/json.ts";
import type { ImageLease } from "./types.ts";
import { isTethered, openTether } from "../../sys/tether.ts";
import { syncFolder, writeFileAtomic } from "../../sys/write-file.ts";
import { readEach, type Readable } from "./damage.ts";
import { digestOf, hexOf } from "./digest.ts";
import type { LayerKey } from "./layers.ts";
import { noParts, type StoreParts } from "./parts.ts";
import { lockStore } from "./store-lock.ts";

export interface Lease extends ImageLease {
  /** Of images that are not whole yet, or are being looked at. */
  readonly parts: StoreParts;
}

/** Keeps the images until `release`; a lease of the same holder is replaced. Durable. */
export async function writeLease(dataDir: string, { holder, images }: ImageLease): Promise<void> {
  await using _turn = await lockStore(dataDir, "exclusive");
  await writeFileAtomic(standingPath(dataDir, holder), serialize({ holder, images, parts: noParts }));
}

/** No error where there is none. */
export async function releaseLease(dataDir: string, holder: string): Promise<void> {
  await using _turn = await lockStore(dataDir, "exclusive");
  await rm(standingPath(dataDir, holder), { force: true });
  await syncFolder(join(dataDir, "leases"));
}

/** Keeps the parts until it is disposed, or this process ends. */
export async function holdParts(
  dataDir: string,
  { holder, parts }: Pick<Lease, "holder" | "parts">,
): Promise<AsyncDisposable> {
  await using _turn = await lockStore(dataDir, "shared");
  const path = join(dataDir, "leases", `${randomBytes(8).toString("hex")}.held`);
  const fd = openTether(path, serialize({ holder, images: [], parts }));
  return {
    [Symbol.asyncDispose]: async () => {
      await rm(path, { force: true });
      closeSync(fd);
    },
  };
}

/** Those in force, sorted by holder; and why others cannot be read. */
export async function readLeases(dataDir: string): Promise<Readable<Lease>> {
  const { found, damage } = await readEach(await leaseFiles(dataDir), readInForce);
  return {
    found: found.toSorted((a, b) => (a.holder < b.holder ? -1 : a.holder > b.holder ? 1 : 0)),
    damage,
  };
}

/** Those that nobody's end makes void, sorted by holder. One that cannot be read is passed over: it is written anew. */
export async function standingLeases(dataDir: string): Promise<readonly ImageLease[]> {
  const standing = (await leaseFiles(dataDir)).filter((path) => path.endsWith(".json"));
  const { found } = await readEach(standing, readInForce);
  return found
    .toSorted((a, b) => (a.holder < b.holder ? -1 : 1))
    .map(({ holder, images }) => ({ holder, images }));
}

/** Paths of what ended or interrupted pulls have left. The caller holds the store's lock exclusively. */
export async function voidLeases(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, "leases"));
  return names
    .filter((name) => /^[0-9a-f]{16}\.held(?:\.new)?$|\.json\.tmp$/.test(name))
    .map((name) => join(dataDir, "leases", name))
    .filter((path) => !isTethered(path));
}

/** Absolute paths, sorted; whether they are in force is another question. */
export async function leaseFiles(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, "leases");
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => /^[0-9a-f]{64}\.json$|^[0-9a-f]{16}\.held$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Undefined where it is not in force, or gone. */
export async function readInForce(path: string): Promise<Lease | undefined> {
  if (path.endsWith(".held") && !isTethered(path)) return undefined;
  try {
    return parseLease(await readFile(path, "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError) && codeOf(error) !== "INVALID_ID") throw error;
    throw new TallymanError("STORE_DAMAGED", `the lease ${path} is damaged`, {
      hint: "`tallyman fsck --repair` takes it away; a pull or an agent makes its own anew.",
      cause: error,
    });
  }
}

function standingPath(dataDir: string, holder: string): string {
  return join(dataDir, "leases", `${hexOf(digestOf(holder))}.json`);
}

function serialize(lease: Lease): string {
  return `${JSON.stringify({ version: 1, ...lease })}\n`;
}

function parseLease(text: string): Lease {
  const fields = JSON.parse(text) as JsonValue;
  if (!isJsonObject(fields) || typeof fields["holder"] !== "string" || !isJsonObject(fields["parts"]))
    throw new SyntaxError("it is not a lease");
  const { holder, images, parts } = fields;
  return {
    holder,
    images: texts(images).map(digest),
    parts: {
      blobs: texts(parts["blobs"]).map(digest),
      layers: texts(parts["layers"]).map((key) => key as LayerKey),
    },
  };
}

function texts(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new SyntaxError("it is not a lease");
}
