/** Which container of a service is restarted since one that it depends on is another one now: `restart: true`. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { type Cause, containerKey } from "../operation.ts";
import { isMet, orderOf, type Standing, type Surroundings } from "./dependencies.ts";
import { joinOf } from "./join.ts";
import { readinessOf } from "./readiness.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

export interface Renewal {
  readonly container: ContainerId;
  readonly cause: Cause;
  /** Keys of what had to happen before. */
  readonly after: readonly string[];
}

interface RenewalContext extends Surroundings {
  readonly view: StackView;
  readonly stopped: readonly ContainerId[];
}

/**
 * One at a time, the lowest slot first: when what it depends on stands and nothing between them is on its way, and no
 * other replica is away or on its way.
 */
export function chooseRenewal(
  each: ServiceView,
  context: RenewalContext,
): { readonly isRenewing: boolean; readonly renewal?: Renewal } {
  const { standings, view, stopped } = context;
  const before = each.service.dependsOn.flatMap(({ service }) => standings.get(service) ?? []);
  const isAwaited = before.some(({ isRenewing }) => isRenewing);
  const stale = each.containers
    .filter(({ id, state }) => state === "running" || stopped.includes(id))
    .flatMap((container) => {
      const renewed = renewedSince(container, each, context);
      return renewed === undefined || !isCurrent(container, each) ? [] : [{ container, renewed }];
    })
    .sort((a, b) => Number(a.container.state === "running") - Number(b.container.state === "running"));
  const [next] = stale;
  if (next === undefined) return { isRenewing: isAwaited };
  const order = orderOf(each, context);
  const others = each.containers.filter((other) => other !== next.container);
  const isUndisturbed = others.every((other) => isCurrent(other, each) && isInPlace(other, each, view));
  if (isAwaited || !order.granted || !isUndisturbed) return { isRenewing: true };
  const { container, renewed } = next;
  return {
    isRenewing: true,
    renewal: {
      container: container.id,
      cause: { kind: "dependency-renewed", service: renewed.each.service.name },
      after: [
        ...order.after,
        ...renewed.settledBy,
        ...others.flatMap(({ id }) => [containerKey("start", id), containerKey("join", id)]),
      ],
    },
  };
}

/** Ready, and behind its ports. */
function isInPlace(container: ObservedContainer, each: ServiceView, view: StackView): boolean {
  return (
    !view.isBusy(container.id) &&
    readinessOf(container, each.service, view.now).kind === "ready" &&
    joinOf(each, container, view).length === 0
  );
}

/** The first service that stands, and of which all that runs was made or started by us after this container was. */
function renewedSince(
  { startedAt: since }: ObservedContainer,
  { service }: ServiceView,
  around: Surroundings,
): Standing | undefined {
  if (since === undefined) return undefined;
  return service.dependsOn
    .filter(({ restart }) => restart)
    .flatMap((dependency) => {
      const found = around.standings.get(dependency.service);
      if (found === undefined || !found.settled || !isMet(dependency, found.each, around)) return [];
      const { containers } = found.each;
      return containers.length > 0 && containers.every((other) => isRenewed(other, since)) ? [found] : [];
    })
    .at(0);
}

/** A start after a failure has a streak, and does not count. */
function isRenewed(
  { createdAt = 0, startedAt = 0, restartStreak }: ObservedContainer,
  since: number,
): boolean {
  return createdAt > since || (startedAt > since && restartStreak === 0);
}
