/** Restarts that somebody asked for, as marks in the specs of services: replaced as by any other change. Pure. */
import type { ServiceName, StackName } from "../model/ids.ts";
import { hashStack } from "../model/spec-hash.ts";
import type { Service } from "../model/stack.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";

/** Of a stack, or of one service of it. It stays: without its mark, a service would be another one again. */
export interface Restart {
  readonly stack: StackName;
  readonly service?: ServiceName;
  /** When it was asked for; milliseconds since the epoch. */
  readonly at: number;
}

const mark = "x-restarted-at";

export function applyRestarts(desired: Desired, restarts: readonly Restart[]): Desired {
  return { ...desired, stacks: desired.stacks.map((each) => markStack(each, restarts)) };
}

function markStack(each: DesiredStack, restarts: readonly Restart[]): DesiredStack {
  const asked = restarts.filter(({ stack }) => stack === each.stack.name);
  const services = each.stack.services.map((service) => markService(service, asked));
  if (services.every((service, index) => service === each.stack.services[index])) return each;
  const stack = { ...each.stack, services };
  return { ...each, stack, revision: hashStack(stack), written: each.revision };
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
