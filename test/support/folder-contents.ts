/** A folder as it is to the byte and to the nanosecond, for comparing. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";

/**
 * Sorted lines, one for each file and folder: its mode, size, time of change and content. What is mounted below is not
 * looked into. Empty where the folder is missing.
 */
export function folderContents(folder: string): readonly string[] {
  const stats = lstatSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? [] : contentsOf(folder, stats);
}

function contentsOf(path: string, stats: BigIntStats): readonly string[] {
  const { dev, mode, size, mtimeNs } = stats;
  const line = `${path} ${mode.toString(8)} ${size} ${mtimeNs} ${content(path, stats)}`;
  const below = stats.isDirectory() ? readdirSync(path).sort() : [];
  return [
    line,
    ...below.flatMap((name) => {
      const entry = join(path, name);
      const entryStats = lstatSync(entry, { bigint: true });
      return entryStats.dev === dev ? contentsOf(entry, entryStats) : [`${entry} is mounted`];
    }),
  ];
}

function content(path: string, stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return readlinkSync(path);
  return stats.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
}
