/** The kernel's log of processes killed for want of memory, for when the cgroup that counted them is gone. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { codeOf } from "../../../model/error.ts";

export interface OomKill {
  /** Path of the process's cgroup, from the root of the hierarchy. */
  readonly cgroup: string;
  /** By the kernel's clock: since the boot, in ms. */
  readonly atMs: number;
}

/** All that the log still holds. None where it is not ours to read. */
export function loggedOomKills(): readonly OomKill[] {
  return records().flatMap((record) => parseOomKill(record) ?? []);
}

/** A record of /dev/kmsg: `priority,sequence,microseconds,flags;text`, where the kernel's own have a priority below 8. Pure. */
export function parseOomKill(record: string): OomKill | undefined {
  const [, time, cgroup] = /^[0-7],\d+,(\d+),[^;]*;oom-kill:.*,task_memcg=([^,\n]+),/.exec(record) ?? [];
  return time === undefined || cgroup === undefined ? undefined : { cgroup, atMs: Number(time) / 1000 };
}

const longestRecord = 8192;

function records(): readonly string[] {
  let log;
  try {
    log = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return [];
  }
  const found: string[] = [];
  const buffer = Buffer.alloc(longestRecord);
  try {
    for (;;) {
      const record = readRecord(log, buffer);
      if (record === undefined) return found;
      found.push(record);
    }
  } finally {
    closeSync(log);
  }
}

/** One for each read; undefined at the end. Of those that were overwritten meanwhile the kernel says EPIPE, once. */
function readRecord(log: number, buffer: Buffer): string | undefined {
  try {
    const length = readSync(log, buffer);
    return length === 0 ? undefined : buffer.toString("utf8", 0, length);
  } catch (error) {
    return codeOf(error) === "EPIPE" ? "" : undefined;
  }
}
