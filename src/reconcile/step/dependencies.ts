/** What a service waits for in the services that it depends on. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { ServiceName } from "../../model/ids.ts";
import type { KeptRevision, Unmet } from "../../model/rollout.ts";
import { hashService } from "../../model/spec-hash.ts";
import type { Dependency } from "../../model/stack.ts";
import { containerKey } from "../operation.ts";
import { free, type Leave } from "./leave.ts";
import { isPast } from "./past-job.ts";
import { decideRestart } from "./restart.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import type { ObservedContainer } from "../types.ts";

/** How far a service has come, for those that depend on it. */
export interface Standing {
  readonly each: ServiceView;
  /** It is on its way to another spec. */
  readonly isUpdating: boolean;
  /** Of those that it depends on, and that these depend on, none is on its way to another spec. */
  readonly order: Leave;
  /** It, or one that it depends on, has a container that is to be restarted for what that one depends on. */
  readonly isRenewing: boolean;
  /** A container of it is to be replaced now, once all that share its namespaces have stopped. */
  readonly awaitsSharers?: boolean;
  readonly settled: boolean;
  /** Keys of what settles it. */
  readonly settledBy: readonly string[];
}

export interface Surroundings {
  readonly services: readonly ServiceView[];
  /** Of the services that come before this one. */
  readonly standings: ReadonlyMap<ServiceName, Standing>;
  readonly isNew: (each: ServiceView) => boolean;
  readonly now: number;
}

/** Each after those that it depends on; else as before. That they form no cycle is given. */
export function inDependencyOrder(services: readonly ServiceView[]): readonly ServiceView[] {
  const ordered = new Map<ServiceName, ServiceView>();
  const byName = new Map(services.map((each) => [each.service.name, each]));
  const visit = (each: ServiceView): void => {
    if (ordered.has(each.service.name)) return;
    for (const { service } of each.service.dependsOn) {
      const found = byName.get(service);
      if (found !== undefined) visit(found);
    }
    ordered.set(each.service.name, each);
  };
  for (const each of services) visit(each);
  return [...ordered.values()];
}

/** Whether a service is new in a rollout: the last good revision, if any, has it not at all, or with another spec. */
export function noveltyOf(good: KeptRevision | undefined, isUnderWay: boolean): Surroundings["isNew"] {
  const known = new Map(
    good?.stack.services.flatMap((service) => {
      const image = entryOf(good.images, service.container.image);
      return image === undefined ? [] : [[service.name, hashService(service, image)] as const];
    }),
  );
  return ({ service, wanted }) =>
    isUnderWay && (wanted === undefined || known.get(service.name) !== wanted.hash);
}

/** Of all that a service depends on, directly or not: what is new has to stand first. */
export function orderOf({ service }: ServiceView, { standings, isNew }: Surroundings): Leave {
  const direct = service.dependsOn.flatMap(({ service: name }) => standings.get(name) ?? []);
  const after = direct.flatMap(({ each, order, settledBy }) => [
    ...order.after,
    ...(isNew(each) ? settledBy : []),
  ]);
  return {
    granted: direct.every(({ isUpdating, order }) => !isUpdating && order.granted),
    after: [...new Set(after)],
  };
}

/**
 * To bring a service to another spec: what it depends on is there in its new spec, and what is to complete has. Only
 * what is new is waited for: what was there before, and is ill, may be what this is to mend.
 */
export function leaveToUpdate(each: ServiceView, order: Leave, around: Surroundings): Leave {
  if (!around.isNew(each)) return free;
  const awaited = neededBy(each, around).filter(
    ({ dependency, found }) => dependency.condition === "completed" && around.isNew(found),
  );
  const isDone = awaited.every(({ dependency, found }) => isMet(dependency, found, around));
  return order.granted && isDone ? order : { granted: false, after: [] };
}

/** For what never ran: its dependencies are there, each as far as the file says. */
export function leaveToStart(each: ServiceView, around: Surroundings): Leave {
  const needed = neededBy(each, around);
  return {
    granted: unmetBy(each, around).length === 0,
    after: needed.flatMap(({ found }) => found.containers.map(({ id }) => containerKey("start", id))),
  };
}

/** What keeps it from its start. */
export function unmetBy(each: ServiceView, around: Surroundings): readonly Unmet[] {
  return neededBy(each, around)
    .filter(({ dependency, found }) => !isMet(dependency, found, around))
    .map(({ dependency: { service, condition } }) => ({ service, condition }));
}

interface Needed {
  readonly dependency: Dependency;
  readonly found: ServiceView;
}

function neededBy({ service: { dependsOn } }: ServiceView, { services }: Surroundings): readonly Needed[] {
  return dependsOn
    .filter(({ required }) => required)
    .flatMap((dependency) => {
      const found = services.find(({ service }) => service.name === dependency.service);
      return found === undefined ? [] : [{ dependency, found }];
    });
}

export function isMet(
  dependency: Dependency,
  found: ServiceView,
  { now }: Pick<Surroundings, "now">,
): boolean {
  const current = found.containers.filter((container) => isCurrent(container, found));
  const done = current.filter((container) => {
    const exited = container.state === "exited";
    const completed = exited && decideRestart(container, found.service.restart, now).kind === "completed";
    return dependency.condition === "completed"
      ? exited && container.exitCode === 0
      : (container.state === "running" &&
          container.hooksPending !== true &&
          isGoodEnough(container, dependency)) ||
          completed;
  });
  return done.length >= (isPast(found) ? current.length : found.service.replicas);
}

/** One without a healthcheck is as healthy as can be known. */
function isGoodEnough({ health }: ObservedContainer, { condition }: Dependency): boolean {
  return condition !== "healthy" || health === undefined || health === "healthy";
}
