/** A start for the first time, or again. */
import { containerId, serviceName, stackName } from "../../src/model/ids.ts";
import type { StartOperation } from "../../src/reconcile/operation.ts";

export function aStart(of: { readonly slot: number; readonly restartStreak?: number }): StartOperation {
  const { slot, ...streak } = of;
  const id = containerId(`${slot}`.padStart(12, "0"));
  return {
    kind: "start",
    stack: stackName("shop"),
    container: { id, service: serviceName("web"), slot },
    ...streak,
    cause: { kind: "created" },
    after: [],
  };
}
