/**
 * Room that is kept for a full disk: a file without use, given up so that what exists can still be restarted, stopped
 * and removed. While it cannot be kept, nothing new is created.
 */
import { statfsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../model/error.ts";
import { allocate } from "../sys/allocate.ts";
import { isDiskFull } from "./disk-full.ts";

export interface BallastFacts {
  /** Of the file system with the data directory. */
  readonly diskBytes: number;
  /** For anyone but root's reserve, as `df` says. */
  readonly freeBytes: number;
  /** The ballast is there. */
  readonly held: boolean;
}

/** `make` it, `give-up` what is held, or `leave` it as it is. Pure. */
export function decideBallast({ diskBytes, freeBytes, held }: BallastFacts): "make" | "give-up" | "leave" {
  const size = ballastBytes(diskBytes);
  if (held) return freeBytes < size / 4 ? "give-up" : "leave";
  return freeBytes >= 3 * size ? "make" : "leave";
}

/** Some records and bundles need far less; the logs of what runs on need some. A small disk gives no more than 2 %. */
export function ballastBytes(diskBytes: number): number {
  return Math.min(64 * 1024 * 1024, Math.floor(diskBytes / 50));
}

/** The look at each data directory that is under way. */
const looks = new Map<string, Promise<boolean>>();

/**
 * Makes the ballast, or gives it up, as the disk is now. Whether it is held then, so that there is room for more. Who
 * asks while another one does gets the same answer: it is made once.
 */
export async function keepBallast(dataDir: string): Promise<boolean> {
  const look = looks.get(dataDir) ?? lookAtDisk(dataDir).finally(() => looks.delete(dataDir));
  looks.set(dataDir, look);
  return look;
}

async function lookAtDisk(dataDir: string): Promise<boolean> {
  const path = join(dataDir, "ballast");
  const { bsize, blocks, bavail } = statfsSync(dataDir);
  const facts = { diskBytes: blocks * bsize, freeBytes: bavail * bsize, held: await isThere(path) };
  switch (decideBallast(facts)) {
    case "leave":
      return facts.held;
    case "give-up":
      await giveUpBallast(dataDir);
      return false;
    case "make":
      return makeBallast(path, ballastBytes(facts.diskBytes));
  }
}

/** Frees its room; no error where there is none. */
export async function giveUpBallast(dataDir: string): Promise<void> {
  await rm(join(dataDir, "ballast"), { force: true });
}

/** There whole or not at all. */
async function makeBallast(path: string, sizeBytes: number): Promise<boolean> {
  const temporary = `${path}.tmp`;
  try {
    await using file = await open(temporary, "w", 0o600);
    allocate(file.fd, sizeBytes);
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    if (isDiskFull(error)) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
