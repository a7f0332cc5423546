/** How far the services of a stack have come on their way. Pure. */
import type { Rollout, ServiceProgress } from "../../model/rollout.ts";
import type { ServiceView } from "./service-view.ts";

type Progress = NonNullable<Rollout["progress"]>;

/** What a step has found out about a service. */
interface Settling {
  readonly each: ServiceView;
  readonly settled: boolean;
  readonly settledSlots: number;
}

/** Of services that are not settled; what has come nowhere since the last look stays as it is. */
export function keepProgress(before: Progress, services: readonly Settling[], now: number): Progress {
  const entries = services
    .filter(({ settled }) => !settled)
    .map(({ each, settledSlots }): readonly [string, ServiceProgress] => {
      const known = before[each.service.name];
      if (known === undefined) return [each.service.name, { settled: settledSlots, since: now }];
      const grew = settledSlots > known.settled;
      return [each.service.name, grew ? { ...known, settled: settledSlots, grewAt: now } : known];
    });
  return Object.fromEntries(entries);
}
