/** Restarts that somebody asked for, as marks in the specs of services: replaced as by any other change. Pure. */
import type { RevisionId, ServiceName, StackName } from "../model/ids.ts";
import type { KeptRevision, Rollout } from "../model/rollout.ts";
import { hashStack } from "../model/spec-hash.ts";
import type { Service } from "../model/stack.ts";
import { hasGoneBack, isBackIn } from "../reconcile/step/going-back.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";

/** Of a stack, or of one service of it. It stays: without its mark, a service would be another one again. */
export interface Restart {
  readonly stack: StackName;
  readonly service?: ServiceName;
  /** When it was asked for; milliseconds since the epoch. */
  readonly at: number;
  /** The revision that its stack, or services of it, had gone back to by then: what is of that is meant, too. */
  readonly inForce?: RevisionId;
  /** Services that had by then, where not all of it had: what goes back later is not meant. */
  readonly back?: readonly ServiceName[];
}

const mark = "x-restarted-at";

export function applyRestarts(
  desired: Desired,
  restarts: readonly Restart[],
  rollouts: readonly Rollout[] = [],
): Desired {
  const stacks = desired.stacks.map((each): DesiredStack => {
    const asked = restarts.filter(({ stack }) => stack === each.stack.name);
    const rollout = rollouts.find(({ stack }) => stack === each.stack.name);
    const good = rollout && hasGoneBack(rollout) ? markGood(rollout, each, asked) : undefined;
    return { ...markStack(each, asked), ...(good && { restarted: good }) };
  });
  return { ...desired, stacks };
}

function markStack(each: DesiredStack, asked: readonly Restart[]): DesiredStack {
  const services = each.stack.services.map((service) => markService(service, asked));
  if (services.every((service, index) => service === each.stack.services[index])) return each;
  const stack = { ...each.stack, services };
  return { ...each, stack, revision: hashStack(stack), written: each.revision };
}

/** Of what is back in it; what its jobs did for it is done. What was asked before the stack went back to it is not meant. */
function markGood(
  rollout: Rollout,
  desired: DesiredStack,
  restarts: readonly Restart[],
): KeptRevision | undefined {
  const { good } = rollout;
  const asked = restarts.filter(({ inForce }) => inForce === good?.revision);
  if (good === undefined || asked.length === 0) return undefined;
  const isBack = isBackIn(desired, rollout);
  const services = good.stack.services.map((each) =>
    each.job || !isBack(each.name) ? each : markService(each, asked.filter(hadGoneBack(each, desired))),
  );
  return { ...good, stack: { ...good.stack, services } };
}

/** What has left the file is as it was, whatever was taken back. */
function hadGoneBack(
  { name, prepares = name }: Service,
  { stack }: DesiredStack,
): (restart: Restart) => boolean {
  const hasLeft = stack.services.every((each) => each.name !== name);
  return ({ back }) => back === undefined || hasLeft || back.includes(prepares);
}

function markService(service: Service, asked: readonly Restart[]): Service {
  const times = asked.filter((restart) => isMeant(service, restart)).map(({ at }) => at);
  if (times.length === 0) return service;
  const at = new Date(Math.max(...times)).toISOString();
  return { ...service, source: { ...service.source, [mark]: at } };
}

/** A service with what prepares its start. A job that has completed is done again only where it is named. */
function isMeant({ name, job, prepares }: Service, { service: asked }: Restart): boolean {
  if (asked === undefined) return !job || prepares !== undefined;
  return asked === name || asked === prepares;
}
