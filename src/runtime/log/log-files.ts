/**
 * The files of a container's log in its folder: `current.log`, which its monitor writes, and older ones, each named by
 * the time at which it was put aside, in milliseconds since the epoch.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";

export interface LogFile {
  readonly path: string;
  /** Its inode: a file keeps it under its next name. */
  readonly inode: number;
  /** Absent for the one that is written. The monitor may write on into the newest for a moment after. */
  readonly putAsideAt?: number;
}

export const currentLog = (folder: string): string => join(folder, "current.log");

export const olderLog = (folder: string, putAsideAt: number): string =>
  join(folder, `${String(putAsideAt).padStart(nameDigits, "0")}.log`);

/** When each of the older files was put aside, the oldest first; none where there is no such folder. */
export function olderLogs(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => (/^\d{13}\.log$/.test(name) ? [Number(name.slice(0, nameDigits))] : []))
      .sort((a, b) => a - b);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** All files, the oldest first. Each once and none left out, also where one is put aside at this moment. */
export function logFiles(folder: string): readonly LogFile[] {
  const current = fileAt(currentLog(folder)); // first: put aside from now on, it is among the older ones
  const older = olderLogs(folder).flatMap((putAsideAt) => {
    const file = fileAt(olderLog(folder, putAsideAt));
    return file ? [{ ...file, putAsideAt }] : [];
  });
  const isAmongThem = older.some(({ inode }) => inode === current?.inode);
  return current && !isAmongThem ? [...older, current] : older;
}

export function fileAt(path: string): LogFile | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && { path, inode: stat.ino };
}

/** Enough until the year 2286, so that names sort like times. */
const nameDigits = 13;
