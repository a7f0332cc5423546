/** What comes of it when nothing is to be done now, in a world where everything succeeds. Pure. */
import type { StackName } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Desired, Observed, ObservedContainer, StepInput, Wait } from "../types.ts";
import type { WorldOptions } from "./world.ts";

/** What changes by itself, or is said by somebody. */
export interface Moment extends Pick<StepInput, "now" | "desired" | "observed"> {
  /** Pauses that are over without anything else having changed since: what pauses for the same again goes no further. */
  readonly passed?: ReadonlySet<string>;
}

export interface Around {
  readonly waits: readonly Wait[];
  readonly rollouts: readonly Rollout[];
  /** Whether a container of this service runs to its end by itself. */
  readonly completes: WorldOptions["completes"];
}

/**
 * The next pause of a rollout is over, and what was starting until then is ready; where there is none, what is starting
 * becomes ready, and a job ends; and where nothing is, somebody promotes who waits for that. Undefined where nobody waits for any of it,
 * or only for what moves on with the clock.
 */
export function passTime(moment: Moment, { waits, rollouts, completes }: Around): Moment | undefined {
  const { passed = new Set<string>(), ...before } = moment;
  const pauses = waits.filter((wait) => wait.kind !== "watch" && !passed.has(pauseOf(wait)));
  const ends = pauses.flatMap(({ until }) => until ?? []);
  const isUnderWay = underWay(rollouts);
  const observed = ready(moment, { isUnderWay, completes });
  const isAlike = observed === moment.observed;
  if (ends.length > 0) {
    const now = Math.min(...ends);
    const over = pauses.filter(({ until }) => until === now).map(pauseOf);
    return { ...before, observed, now, ...(isAlike && { passed: new Set([...passed, ...over]) }) };
  }
  if (!isAlike) return { ...before, observed };
  const promoted = waits.filter(({ kind, until }) => kind === "promotion" && until === undefined);
  return promoted.length === 0 ? undefined : { ...before, desired: promote(moment.desired, promoted) };
}

function pauseOf({ stack, service, kind }: Wait): string {
  return `${stack} ${service} ${kind}`;
}

/** Whether a stack has yet to come where it goes. */
export function underWay(rollouts: readonly Rollout[]): (stack: StackName) => boolean {
  const stacks = rollouts.filter(({ phase }) => ["preparing", "rolling", "rolling-back"].includes(phase));
  return (name) => stacks.some(({ stack }) => stack === name);
}

function ready(
  { observed, now }: Moment,
  {
    isUnderWay,
    completes,
  }: Pick<Around, "completes"> & { readonly isUnderWay: (stack: StackName) => boolean },
): Observed {
  const isComing = ({ state, stack, health, accepts, ...each }: ObservedContainer): boolean =>
    state === "running" &&
    isUnderWay(stack) &&
    (health === "starting" || health === "unready" || accepts === false || completes(stack, each.service));
  if (!observed.containers.some(isComing)) return observed;
  const come = ({ stack, service, health }: ObservedContainer): Partial<ObservedContainer> =>
    completes(stack, service)
      ? { state: "exited", exitCode: 0, finishedAt: now }
      : { accepts: true, ...(health !== undefined && { health: "healthy" }) };
  const containers = observed.containers.map((each) => (isComing(each) ? { ...each, ...come(each) } : each));
  return { ...observed, containers };
}

function promote(desired: Desired, waits: readonly Wait[]): Desired {
  const stacks = desired.stacks.map((each) => {
    const services = waits.filter(({ stack }) => stack === each.stack.name);
    if (services.length === 0) return each;
    const promoted = services.flatMap(({ service }) => (service === undefined ? [] : [{ service }]));
    return { ...each, promoted: [...(each.promoted ?? []), ...promoted] };
  });
  return { ...desired, stacks };
}
