/** Our holders among the processes of the host. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { identify, type ProcessIdentity } from "../../sys/process.ts";
import type { RuntimePaths } from "../types.ts";
import { holderMark } from "./holder.ts";

export interface FoundHolder {
  readonly name: string;
  readonly process: ProcessIdentity;
  /** False for one that only serves a connection, and was made by the holder or outlived it. */
  readonly leads: boolean;
}

export function findHolders(paths: RuntimePaths): readonly FoundHolder[] {
  return readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? holderOf(paths, Number(entry)) : []));
}

/** A process of a container that calls itself so is none: it is in a pid namespace of its own. */
export function holderOf(paths: RuntimePaths, pid: number): readonly FoundHolder[] {
  const prefix = holderMark(paths, "");
  const name = read(`/proc/${pid}/cmdline`)
    .split("\0")
    .find((word) => word.startsWith(`${prefix}/`))
    ?.slice(prefix.length + 1);
  if (name === undefined || !isOfOurNamespace(pid)) return [];
  const process = identify(pid);
  return process === undefined ? [] : [{ name, process, leads: sessionOf(pid) === pid }];
}

/** False while it is still one of the programs through which it is started. */
export function hasBecomeHolder(paths: RuntimePaths, pid: number): boolean {
  return read(`/proc/${pid}/comm`).trim() === "socat" && holderOf(paths, pid).length > 0;
}

function isOfOurNamespace(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync("/proc/self/ns/pid");
  } catch {
    return false; // it has just ended
  }
}

/** The fourth field behind the program's name, which may hold anything. */
function sessionOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return "";
    throw error;
  }
}
