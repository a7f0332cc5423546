/** Which unhealthy container of a service is restarted now: one at a time, and each ever more rarely. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { policyOf } from "./update-policy.ts";
import { decideRestart } from "./restart.ts";
import type { ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

const firstPatienceMs = 10_000;
const longestPatienceMs = 300_000;
/** Its next start is then more than ten seconds away, and each one further. */
const manyEnds = 8;

export interface Healing {
  /** It may be stopped, and is started again as its restart policy says. */
  readonly container?: ContainerId;
  /** Look again then. */
  readonly wakeAt?: number;
}

/**
 * None of a job. Else the one that has been up longest, once it had its time: none the first time, then 10 s from its start, doubling with
 * each restart in a row to 5 min. Not while another one of the service is down, starting within its deadline, or being
 * worked on: what all of them depend on may be away, and to restart them all would not bring it back. No reason to wait
 * is one that is unready, since it is of no use to anybody, and is not being restarted, nor one that ends by itself
 * again and again: it would keep all others ill for as long as it does.
 */
export function chooseHealing({ containers, service }: ServiceView, view: StackView): Healing {
  const { now } = view;
  if (service.job) return {};
  if (containers.some((container) => isRecovering(container))) return lookAgain();
  const [next] = containers
    .filter((container) => container.state === "running" && container.health === "unhealthy")
    .filter((container) => comesBack(container))
    .map(({ id, startedAt = 0, restartStreak }) => ({
      id,
      startedAt,
      at: startedAt + patienceMs(restartStreak),
    }))
    .sort((a, b) => a.at - b.at || a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
  if (next === undefined) return {};
  return next.at <= now ? { container: next.id } : { wakeAt: next.at };

  function isRecovering(container: ObservedContainer): boolean {
    return (
      view.isBusy(container.id) ||
      startsUntil(container) > now ||
      (container.state === "exited" && comesBack(container) && !endsAgainAndAgain(container))
    );
  }

  function endsAgainAndAgain({ health, restartStreak }: ObservedContainer): boolean {
    return health !== "unhealthy" && restartStreak >= manyEnds;
  }

  /** What does not get ready in all this time holds nobody up. */
  function startsUntil({ state, health, startedAt = 0 }: ObservedContainer): number {
    const isStarting = state === "running" && health === "starting";
    return isStarting ? startedAt + policyOf(service).healthyDeadlineMs : -Infinity;
  }

  function lookAgain(): Healing {
    const wakeAt = Math.max(...containers.map(startsUntil));
    return wakeAt > now ? { wakeAt } : {};
  }

  /** To stop one that nobody starts again would make things worse. */
  function comesBack(container: ObservedContainer): boolean {
    const ended = { ...container, finishedAt: container.finishedAt ?? now };
    return decideRestart(ended, service.restart, now).kind === "restart";
  }
}

function patienceMs(restartStreak: number): number {
  return restartStreak === 0 ? 0 : Math.min(firstPatienceMs * 2 ** (restartStreak - 1), longestPatienceMs);
}
