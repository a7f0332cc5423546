/** What a service that has not started waits for, in words. Pure. */
import type { Unmet } from "../../model/rollout.ts";

/** `db is healthy and migrate has completed` */
export function unmetText(unmet: readonly Unmet[]): string {
  return unmet.map(({ service, condition }) => `${service} ${words[condition]}`).join(" and ");
}

const words: Record<Unmet["condition"], string> = {
  started: "runs",
  healthy: "is healthy",
  completed: "has completed",
};
