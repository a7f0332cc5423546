/**
 * Wakes the loop at the times of schedules. `step` says when to look again, too; but a timer counts from when it was set,
 * and these go by the clock of the host, whatever it is set to meanwhile. Waking once too often does no harm, so they go
 * by the time of day alone: which days an expression means is not read alike by all, and `node-cron` throws where it
 * finds none, also later, from a timer of its own.
 */
import { createRequire } from "node:module";
import type * as NodeCron from "node-cron";
import type { Desired } from "../reconcile/types.ts";
import type { Waker } from "./waker.ts";

const require = createRequire(import.meta.url);

export class Alarms implements Disposable {
  readonly #tasks = new Map<string, NodeCron.ScheduledTask>();
  readonly #waker: Pick<Waker, "wake">;

  constructor(waker: Pick<Waker, "wake">) {
    this.#waker = waker;
  }

  /** From now on, for the schedules of these stacks and for no other. */
  set({ stacks }: Desired): void {
    const schedules = stacks
      .flatMap(({ stack }) => stack.services)
      .flatMap(({ schedule }) => (schedule === undefined ? [] : [schedule]));
    const alarms = schedules.map(({ cron, timeZone }) => ({ daily: onEachDay(cron), timeZone }));
    const wanted = new Map(alarms.map((alarm) => [`${alarm.timeZone} ${alarm.daily}`, alarm]));
    for (const key of this.#tasks.keys()) if (!wanted.has(key)) this.#remove(key);
    for (const [key, { daily, timeZone }] of wanted)
      if (!this.#tasks.has(key)) this.#tasks.set(key, this.#schedule(daily, timeZone));
  }

  #schedule(cron: string, timezone: string): NodeCron.ScheduledTask {
    const { schedule } = require("node-cron") as typeof NodeCron;
    const wake = (): void => this.#waker.wake();
    const task = schedule(cron, wake, { timezone, unref: true, suppressMissedWarning: true });
    task.on("execution:missed", wake);
    return task;
  }

  #remove(key: string): void {
    void this.#tasks.get(key)?.destroy();
    this.#tasks.delete(key);
  }

  [Symbol.dispose](): void {
    for (const key of this.#tasks.keys()) this.#remove(key);
  }
}

/** `30 3 1 * 5L` is `30 3 * * *`; `@monthly` and the like name days that there are. */
function onEachDay(cron: string): string {
  if (cron.startsWith("@")) return cron;
  return [...cron.trim().split(/\s+/).slice(0, -3), "*", "*", "*"].join(" ");
}
