/** How long the open connections of a replica are waited for before it stops. Pure. */
import { lastStood } from "../../model/last-of-use.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import type { ObservedContainer } from "../types.ts";
import { policyOf } from "./update-policy.ts";

/** Undefined where nobody outside can have one. */
export function drainMsOf(service: Service): number | undefined {
  return service.ports.some(({ protocol }) => protocol === "tcp") ? policyOf(service).drainMs : undefined;
}

/** Of a container whose service is not wanted any more: as its last good revision said. */
export function drainMsOfDeparted(
  { service: name }: ObservedContainer,
  rollout: Rollout | undefined,
): number | undefined {
  const service = (rollout && lastStood(rollout))?.stack.services.find((each) => each.name === name);
  return service === undefined ? undefined : drainMsOf(service);
}
