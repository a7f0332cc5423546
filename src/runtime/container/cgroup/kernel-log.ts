/** The kernel's log of processes killed for want of memory, for when the cgroup that counted them is gone. */
import { constants, openSync, readSync } from "node:fs";
import { codeOf } from "../../../model/error.ts";

export interface OomKill {
  /** Path of the process's cgroup, from the root of the hierarchy. */
  readonly cgroup: string;
  /** By the kernel's clock: since the boot, in ms. */
  readonly atMs: number;
}

/** The latest of those that the log holds, or held when it was read before. None where it is not ours to read. */
export function loggedOomKills(): readonly OomKill[] {
  try {
    kernelLog ??= new OomKills(openLog());
  } catch {
    return [];
  }
  return kernelLog.all();
}

/** What was read is kept: each time, only what came since is read. */
export class OomKills {
  readonly #next: () => string | undefined;
  #kills: readonly OomKill[] = [];

  /** `next`: a record of the log for each call; undefined where there is none yet. */
  constructor(next: () => string | undefined) {
    this.#next = next;
  }

  all(): readonly OomKill[] {
    const found: OomKill[] = [];
    for (let record = this.#next(); record !== undefined; record = this.#next()) {
      const kill = parseOomKill(record);
      if (kill !== undefined) found.push(kill);
    }
    if (found.length > 0) this.#kills = [...this.#kills, ...found].slice(-mostKept);
    return this.#kills;
  }
}

const mostKept = 1_000;

/** Of this process, for as long as it lives: whoever opens the log anew gets all of it. */
let kernelLog: OomKills | undefined;

/** A record of /dev/kmsg: `priority,sequence,microseconds,flags;text`, where the kernel's own have a priority below 8. Pure. */
export function parseOomKill(record: string): OomKill | undefined {
  const [, time, cgroup] = /^[0-7],\d+,(\d+),[^;]*;oom-kill:.*,task_memcg=([^,\n]+),/.exec(record) ?? [];
  return time === undefined || cgroup === undefined ? undefined : { cgroup, atMs: Number(time) / 1000 };
}

const longestRecord = 8192;

function openLog(): () => string | undefined {
  const log = openSync("/dev/kmsg", constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(longestRecord);
  return () => readRecord(log, buffer);
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
