/** Room for images and containers. */
import { statfsSync } from "node:fs";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";
import { nearestFolder } from "./nearest-folder.ts";

export function checkFreeSpace({ dataDir }: RuntimePaths): Check {
  const { bavail, bsize, files, ffree } = statfsSync(nearestFolder(dataDir));
  return judgeFreeSpace({ dataDir, freeBytes: bavail * bsize, files, freeFiles: ffree });
}

export interface FreeSpaceFacts {
  readonly dataDir: string;
  readonly freeBytes: number;
  /** How many files it can hold in all; 0 where there is no such limit (btrfs). */
  readonly files: number;
  readonly freeFiles: number;
}

const gibibyte = 1024 ** 3;
/** A few small images, or one large one. */
const fewBytes = 2 * gibibyte;
/** An image of a whole distribution has about as many. */
const fewFiles = 50_000;

export function judgeFreeSpace({ dataDir, freeBytes, files, freeFiles }: FreeSpaceFacts): Check {
  const name = "free space";
  const room = `${(freeBytes / gibibyte).toFixed(1)} GiB`;
  const remedy = "Make room there, or put the data directory elsewhere with TALLYMAN_DATA_DIR.";
  if (freeBytes < fewBytes) return { name, status: "warning", detail: `only ${room} for ${dataDir}`, remedy };
  if (files > 0 && freeFiles < fewFiles) {
    return {
      name,
      status: "warning",
      detail: `only ${freeFiles} more files fit on the disk of ${dataDir}`,
      remedy,
    };
  }
  return { name, status: "ok", detail: `${room} for ${dataDir}` };
}
