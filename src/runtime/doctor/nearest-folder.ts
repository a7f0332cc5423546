/** Where a folder is, or will be made. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";

/** `path` itself, or the nearest folder above it that is there. */
export function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}
