/** A slot of which nothing is left: what it had is made again where nothing new may come yet. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { KeptRevision } from "../../model/rollout.ts";
import { standingServices } from "../../model/last-of-use.ts";
import { hashService } from "../../model/spec-hash.ts";
import { free, notYet } from "./leave.ts";
import type { ServiceView } from "./service-view.ts";
import type { RollingOptions, SlotOptions, SlotStep } from "./slot.ts";
import { stepSlot } from "./step-slot.ts";

/** A service as the last good revision has it; undefined where it has none, and of what is never made again. */
export function asItWas(each: ServiceView, good: KeptRevision | undefined): ServiceView | undefined {
  const service = good && standingServices(good).find(({ name }) => name === each.service.name);
  const image = service && entryOf(good.images, service.container.image);
  if (service === undefined || image === undefined || service.job || each.service.job) return undefined;
  if (service.joins !== undefined || service.containerJoins !== undefined) return undefined;
  return {
    ...each,
    service,
    wanted: { hash: hashService(service, image), image },
    joins: [],
    containerJoins: [],
  };
}

/** It ran before, and waits for nothing; the slot is settled when it has the new one. */
export function makeAgain(
  was: ServiceView,
  options: SlotOptions & Pick<RollingOptions, "gate" | "waitedSince">,
): SlotStep {
  const { operations, ...step } = stepSlot(was, {
    ...options,
    gate: { ...options.gate, open: true },
    toStart: free,
    toReplace: notYet,
    isHeld: false,
    startFirst: false,
    sharers: [],
    failure: undefined,
  });
  const cause = { kind: "replica-missing" } as const;
  return {
    ...step,
    settled: false,
    operations: operations.map((each) => (each.kind === "create" ? { ...each, cause } : each)),
  };
}
