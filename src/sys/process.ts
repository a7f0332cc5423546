/** Who a process is: a number alone may have been given to another one since. */
import { readFileSync } from "node:fs";
import { codeOf } from "../model/error.ts";

export interface ProcessIdentity {
  readonly bootId: string;
  readonly pid: number;
  /** In clock ticks since boot, as in proc(5). */
  readonly startTime: number;
}

let knownBootId: string | undefined;

/** Differs after each boot of the machine. */
export function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}

/** The process that has this number now; undefined where there is none, or only its unreaped remains. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { bootId: bootId(), pid, startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid) === identity.startTime;
}

/** Sends the signal (a number) to exactly this process; false where it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: number): boolean {
  return isAlive(identity) && send(identity.pid, signal);
}

/** As {@link signalProcess}, to every process of the group that it leads. */
export function signalGroup(leader: ProcessIdentity, signal: number): boolean {
  return isAlive(leader) && send(-leader.pid, signal);
}

/** Whether there is any process, alive or not yet reaped, in the group that it led. */
export function groupLives(leader: ProcessIdentity): boolean {
  return leader.bootId === bootId() && send(-leader.pid, 0);
}

function send(target: number, signal: number): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
    throw error;
  }
}

function startTimeOf(pid: number): number | undefined {
  const fields = statFields(pid);
  const [state] = fields;
  return state === undefined || state === "Z" || state === "X" ? undefined : Number(fields[19]);
}

/** From the third field on: the second is the program's name, which may hold anything. */
function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return [];
    throw error;
  }
}
