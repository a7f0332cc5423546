/** Who serves, and how many of a service its file lets be away or too many: read from the files, not from the planner. */
import type { ReplicaCount, Service } from "../../src/model/stack.ts";
import { readinessOf } from "../../src/reconcile/step/readiness.ts";
import type { Observed, ObservedContainer } from "../../src/reconcile/types.ts";

/** It is ready, and behind its ports where it was made with some and still has any. */
export function serves(
  container: ObservedContainer,
  { routes }: Observed,
  {
    service,
    ports,
    now,
  }: {
    readonly service: Service;
    readonly ports: Service["ports"];
    readonly now: number;
  },
): boolean {
  if (readinessOf(container, service, now).kind !== "ready") return false;
  const isJoined = routes.some(({ backends }) =>
    backends.some(({ containerId }) => containerId === container.id),
  );
  return service.ports.length === 0 || ports.length === 0 || isJoined;
}

export interface Allowance {
  readonly surge: number;
  readonly unavailable: number;
}

/** The most that any of these says of a service. */
export function allowanceOf(name: string, stacks: readonly (readonly Service[])[]): Allowance {
  const all = stacks.flatMap((services) =>
    services
      .filter((each) => each.name === name)
      .flatMap((service) => [service, { ...service, ...(service.rollback && { update: service.rollback }) }])
      .map((service) => {
        const bounds = boundsSaid(service, mayStartFirst(service));
        const renewed = service.dependsOn.some(({ restart }) => restart) ? 1 : 0;
        const unavailable = Math.max(bounds.unavailable, renewed);
        return {
          surge: isTolerant(service) ? service.replicas : bounds.surge,
          unavailable,
        };
      }),
  );
  return {
    surge: Math.max(0, ...all.map(({ surge }) => surge)),
    unavailable: Math.max(0, ...all.map(({ unavailable }) => unavailable)),
  };
}

/** What has failed, and is tolerated, is kept to be looked at, and others have their turn. */
function isTolerant({ update }: Service): boolean {
  return update?.failureAction === "continue" || (update?.maxFailureRatio ?? 0) > 0;
}

/** What writes to a volume never, nor a job; else as the file says, and where it says nothing, what serves somebody. */
function mayStartFirst({ update, job, ports, container }: Service): boolean {
  if (job || container.mounts.length > 0) return false;
  if (update?.order !== undefined) return update.order === "start-first";
  return ports.length > 0 || container.healthcheck !== undefined || saysNone(update?.maxUnavailable);
}

/**
 * What a file says, read once more: as many as are replaced at once may be too many, or else away, where it does not
 * bound them; and where both come to nothing, one may be away.
 */
export function boundsSaid({ replicas, update = {} }: Service, startsFirst: boolean): Allowance {
  const { parallelism = 1, maxSurge, maxUnavailable } = update;
  const atOnce = parallelism === 0 ? replicas : parallelism;
  const surge = startsFirst ? Math.ceil(said(maxSurge, replicas) ?? atOnce) : 0;
  const away = Math.floor(said(maxUnavailable, replicas) ?? (surge > 0 ? 0 : atOnce));
  return { surge, unavailable: surge + away === 0 ? 1 : away };
}

function said(count: ReplicaCount | undefined, replicas: number): number | undefined {
  return count && ("count" in count ? count.count : (count.percent / 100) * replicas);
}

function saysNone(count: ReplicaCount | undefined): boolean {
  return said(count, 100) === 0;
}
