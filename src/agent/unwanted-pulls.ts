/** Which pulls nobody waits for any more. Pure. */
import type { Rollout } from "../model/rollout.ts";
import type { Operation, PullOperation } from "../reconcile/operation.ts";

/** They would keep their places from others: a registry may take its time. */
export function unwantedPulls(
  inFlight: readonly Operation[],
  rollouts: readonly Pick<Rollout, "missing">[],
): readonly PullOperation[] {
  const images = rollouts.flatMap(({ missing = [] }) => missing.filter(({ kind }) => kind === "image"));
  const wanted = new Set(images.map(({ name }) => name));
  return inFlight
    .filter((operation) => operation.kind === "pull")
    .filter(({ reference }) => !wanted.has(reference));
}
