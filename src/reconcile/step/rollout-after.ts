/** The record of a rollout as a step leaves it. Pure. */
import type { ContainerId, ServiceName } from "../../model/ids.ts";
import type { MissingPart, Rollout, RolloutPhase } from "../../model/rollout.ts";
import { isGoingBack } from "./going-back.ts";
import { keepProgress } from "./progress.ts";
import { rememberSlots } from "./remember-slots.ts";
import type { StackView } from "./stack-view.ts";
import type { ServiceStep } from "./step-service.ts";

/** What a step has found out about its stack. */
export interface Found {
  readonly steps: readonly ServiceStep[];
  /** What keeps the gate closed. */
  readonly missing: readonly MissingPart[];
  /** Some of it has not been watched for long enough. */
  readonly isWatched: boolean;
  /** All of it is as it is to be, and nothing else is there. */
  readonly stands: boolean;
  readonly view: StackView;
}

export function rolloutAfter(rollout: Rollout, found: Found): Rollout {
  const { steps, missing, view } = found;
  const isPrepared = missing.length === 0;
  const { progress = {}, replaced, stopped = [] } = rollout;
  const phase = phaseOf(rollout, found);
  const isOver = phase === "done" || phase === "rolled-back";
  const madeRoom = [...new Set([...replaced, ...steps.flatMap((each) => each.replaced)])].sort();
  const toResume = stillStopped(stopped, steps, view);
  const services = steps.map(({ each }) => each);
  return {
    ...rollout,
    ...((rollout.stopped !== undefined || toResume.length > 0) && { stopped: toResume }),
    ...awaitingOf(rollout, steps),
    ...awaitedPortsOf(rollout, steps),
    ...unmetOf(rollout, isPrepared ? steps : []),
    ...((rollout.missing !== undefined || !isPrepared) && { missing }),
    ...rememberSlots(services, rollout),
    phase,
    ...(phase === "done" && { wasDone: true }),
    progress: phase === "failed" || !isPrepared ? progress : keepProgress(progress, steps, view.now),
    replaced: isOver ? [] : madeRoom,
  };
}

function phaseOf(rollout: Rollout, is: Pick<Found, "missing" | "isWatched" | "stands">): RolloutPhase {
  if (rollout.phase === "failed" || rollout.phase === "rolled-back") return rollout.phase;
  if (isGoingBack(rollout)) return is.stands ? "rolled-back" : "rolling-back";
  if (is.stands && is.isWatched) return "watching";
  if (is.stands) return rollout.takenBack === undefined ? "done" : "rolled-back";
  return is.missing.length === 0 ? "rolling" : "preparing";
}

/** Services that wait to be promoted, and those that were. */
function awaitingOf(
  rollout: Rollout,
  steps: readonly ServiceStep[],
): Pick<Rollout, "awaiting" | "promoted" | "promotesAt"> {
  const namesOf = (key: "isAwaiting" | "isPromoted"): readonly ServiceName[] =>
    steps.filter((each) => each[key] === true).map(({ each }) => each.service.name);
  const [awaiting, promoted] = [namesOf("isAwaiting"), namesOf("isPromoted")];
  const times = steps.flatMap(({ each, promotesAt }) =>
    promotesAt === undefined ? [] : [[each.service.name, promotesAt] as const],
  );
  return {
    ...((rollout.promotesAt !== undefined || times.length > 0) && { promotesAt: Object.fromEntries(times) }),
    ...((rollout.awaiting !== undefined || awaiting.length > 0) && { awaiting }),
    ...(promoted.length > 0 && { promoted: [...(rollout.promoted ?? []), ...promoted] }),
  };
}

function awaitedPortsOf(
  { awaitedPorts }: Rollout,
  steps: readonly ServiceStep[],
): Pick<Rollout, "awaitedPorts"> {
  const waiting = steps.flatMap(({ each, awaitsPortOf }) =>
    awaitsPortOf === undefined ? [] : [[each.service.name, awaitsPortOf] as const],
  );
  const isKnown = awaitedPorts !== undefined || waiting.length > 0;
  return isKnown ? { awaitedPorts: Object.fromEntries(waiting) } : {};
}

/** Nobody waits for anything in what has failed. */
function unmetOf({ phase, unmet }: Rollout, steps: readonly ServiceStep[]): Pick<Rollout, "unmet"> {
  const waiting = steps.flatMap(({ each, unmet: needed = [] }) =>
    phase === "failed" || needed.length === 0 ? [] : [[each.service.name, needed] as const],
  );
  return unmet !== undefined || waiting.length > 0 ? { unmet: Object.fromEntries(waiting) } : {};
}

/** Those that are still there, and have not been started since. */
function stillStopped(
  before: readonly ContainerId[],
  steps: readonly ServiceStep[],
  { containers, isBusy }: StackView,
): readonly ContainerId[] {
  const waiting = containers.filter(
    ({ id, state }) => before.includes(id) && (state !== "running" || isBusy(id)),
  );
  return [
    ...new Set([...waiting.map(({ id }) => id), ...steps.flatMap((each) => each.stopped ?? [])]),
  ].sort();
}
