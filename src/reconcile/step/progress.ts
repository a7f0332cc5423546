/** How far the services of a stack have come on their way, and whether they still get on. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { StackName } from "../../model/ids.ts";
import type { Rollout, RolloutFailure, ServiceProgress, Unmet } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import { containerKey } from "../operation.ts";
import { unmetText } from "../plan/unmet-text.ts";
import type { OpenRuns } from "./open-runs.ts";
import { firstSlot, idForSlot, type ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import { policyOf } from "./update-policy.ts";

type Progress = NonNullable<Rollout["progress"]>;

/** Of a job at its first attempt: that may be a migration of hours, which is not to be cut off by what nobody has chosen. */
const firstAttemptMs = 24 * 60 * 60_000;

/** What a step has found out about a service. */
interface Settling {
  readonly each: ServiceView;
  readonly settled: boolean;
  readonly settledSlots: number;
  readonly openRuns?: OpenRuns;
  /** It waits for somebody, as long as it takes. */
  readonly isAwaiting?: boolean;
  /** Nobody waits any longer: from here on, it has all of its time again. */
  readonly isPromoted?: boolean;
  /** The stack whose port it waits for, as long as it takes. */
  readonly awaitsPortOf?: StackName;
  /** It waits for that no longer: it has all of its time again, too. */
  readonly isPortFree?: boolean;
  /** What it waits for before it starts. */
  readonly unmet?: readonly Unmet[];
}

/** Nothing more comes of it by itself. */
export function isThrough({ settled, openRuns }: Pick<Settling, "settled" | "openRuns">): boolean {
  return settled && (openRuns?.count ?? 0) === 0;
}

/** Of services that are not through; what has come nowhere since the last look stays as it is. */
export function keepProgress(before: Progress, services: readonly Settling[], now: number): Progress {
  const entries = services
    .filter((step) => !isThrough(step))
    .map(({ each, settledSlots, isPromoted, isPortFree }): readonly [string, ServiceProgress] => {
      const known = entryOf(before, each.service.name);
      const { name, replicas } = each.service;
      if (known === undefined || isPromoted || isPortFree)
        return [name, { settled: settledSlots, replicas, since: now }];
      const grew = settledSlots > known.settled;
      return [name, { ...known, replicas, ...(grew && { settled: settledSlots, grewAt: now }) }];
    });
  return Object.fromEntries(entries);
}

/** A service that waits although none of the stack has come any further for as long as its deadline. */
export function stalled(
  progress: Progress,
  services: readonly Settling[],
  { now, observed }: Pick<StackView, "now" | "observed">,
): { readonly each: ServiceView; readonly failure: RolloutFailure } | undefined {
  if (services.some(isTimeless)) return undefined;
  const latest = latestOf(progress, observed);
  const late = deadlinesOf(services).find(({ ms }) => latest !== undefined && latest + ms <= now);
  if (late === undefined) return undefined;
  const { each, unmet, ms } = late;
  const failure = {
    operation: containerKey("start", idForSlot(each, firstSlot(each))),
    message: `${each.stack}-${each.service.name} came no further for ${ms / 1000} s`,
    hint:
      unmet.length > 0
        ? `It starts when ${unmetText(unmet)}.`
        : "`tallyman events` tells what happened to its replicas.",
  };
  return { each, failure };
}

/** Of those that are not through, and do not go back. Who waits for a job has as much time as the job. */
function deadlinesOf(
  services: readonly Settling[],
): readonly { readonly each: ServiceView; readonly unmet: readonly Unmet[]; readonly ms: number }[] {
  const isAtWork = services.some(({ openRuns }) => openRuns?.isFirst);
  return services
    .filter((step) => !isThrough(step) && !step.each.isBack)
    .map(({ each, unmet = [] }) => ({ each, unmet, ms: deadlineOf(each.service, isAtWork) }));
}

function deadlineOf(service: Service, isAtWork: boolean): number {
  const { progressDeadlineMs } = policyOf(service);
  const isWritten = service.update?.progressDeadlineMs !== undefined;
  return isAtWork && !isWritten ? Math.max(firstAttemptMs, progressDeadlineMs) : progressDeadlineMs;
}

/** No deadline of its stack runs. */
function isTimeless({ isAwaiting, isPromoted, awaitsPortOf, isPortFree }: Settling): boolean {
  return [isAwaiting, isPromoted, isPortFree].includes(true) || awaitsPortOf !== undefined;
}

/** When that will be so, if nothing happens until then; undefined where it is. */
export function stallsAt(
  progress: Progress,
  services: readonly Settling[],
  { now, observed }: Pick<StackView, "now" | "observed">,
): number | undefined {
  if (services.some(isTimeless)) return undefined;
  const latest = latestOf(progress, observed);
  const deadlines = deadlinesOf(services);
  if (latest === undefined || deadlines.length === 0) return undefined;
  const at = latest + Math.min(...deadlines.map(({ ms }) => ms));
  return at > now ? at : undefined;
}

/**
 * Since when a service is waited for: its deadlines have run from then on, neither while the host was off nor before
 * anybody looked. What is held is forgotten, so that it has all of its time again afterwards.
 */
export function waitedSince(
  { progress = {} }: Pick<Rollout, "progress">,
  { service }: ServiceView,
  { now, observed }: Pick<StackView, "now" | "observed">,
): number {
  return Math.max(observed.upSince ?? 0, entryOf(progress, service.name)?.since ?? now);
}

/** While the host was off, nothing could come any further. */
function latestOf(progress: Progress, { upSince = 0 }: StackView["observed"]): number | undefined {
  const times = Object.values(progress).flatMap((each) => each?.grewAt ?? each?.since ?? []);
  return times.length === 0 ? undefined : Math.max(upSince, ...times);
}
