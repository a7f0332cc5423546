/** Processes as `ps -ef` shows them, and as the versioned document of `top --format json`. Pure. */
import { printableLine } from "../../model/printable.ts";
import type { ProcessInfo } from "../../runtime/usage/process-info.ts";
import { table } from "./table.ts";

export interface ProcessesOf {
  readonly container: { readonly id: string; readonly name: string };
  readonly processes: readonly ProcessInfo[];
}

export interface ProcessView {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the host; undefined where it has none of that number. */
  readonly userName: (uid: number) => string | undefined;
}

/** Columns as `docker top` has them. */
export function processesTable(processes: readonly ProcessInfo[], { now, userName }: ProcessView): string {
  const head = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];
  const rows = processes.map((each) => [
    userName(each.uid) ?? `${each.uid}`,
    `${each.pid}`,
    `${each.parentPid}`,
    `${Math.floor((each.cpuMs * 100) / Math.max(1, now - each.startedAt))}`,
    startText(each.startedAt, now),
    each.terminal ?? "?",
    clockText(each.cpuMs),
    printableLine(each.command), // a process may call itself anything
  ]);
  return `${table(head, rows)}\n`;
}

/** Fields are only ever added. */
export function processesJson(containers: readonly ProcessesOf[]): string {
  const documents = containers.map(({ container: { id, name }, processes }) => ({
    id,
    name,
    processes: processes.map(({ startedAt, terminal = null, ...rest }) => ({
      ...rest,
      terminal,
      startedAt: new Date(startedAt).toISOString(),
    })),
  }));
  return `${JSON.stringify({ formatVersion: 1, containers: documents }, null, 2)}\n`;
}

/** The time of day, or the day where that is another one; of this place, as ps has it. */
function startText(startedAt: number, now: number): string {
  const start = new Date(startedAt);
  if (start.toDateString() !== new Date(now).toDateString()) {
    return start.toLocaleDateString("en", { month: "short", day: "2-digit" }).replace(" ", "");
  }
  return `${two(start.getHours())}:${two(start.getMinutes())}`;
}

/** `00:01:05`. */
function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
}

const two = (number: number): string => `${number}`.padStart(2, "0");
