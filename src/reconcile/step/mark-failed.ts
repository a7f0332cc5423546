/** What goes because its revision has failed: what it wrote is kept. Pure. */
import type { Rollout } from "../../model/rollout.ts";
import type { Operation } from "../operation.ts";
import type { DesiredStack } from "../types.ts";
import { isBackIn } from "./going-back.ts";
import { hashesOf } from "./proven.ts";
import type { StackView } from "./stack-view.ts";

/** Whatever else is the reason: what is new in that revision goes as any service that is in the file no more. */
export function markFailed(
  operations: readonly Operation[],
  {
    desired,
    rollout,
    view,
  }: { readonly desired: DesiredStack; readonly rollout: Rollout; readonly view: StackView },
): readonly Operation[] {
  const { phase, good, images } = rollout;
  const isBack = phase === "failed" ? (): boolean => true : isBackIn(desired, rollout);
  const tried = hashesOf({ stack: desired.stack, images });
  const known = good && hashesOf(good);
  const failed = new Set(
    view.containers
      .filter(
        ({ service, specHash }) => isBack(service) && tried.has(specHash) && known?.has(specHash) !== true,
      )
      .map(({ id }) => id),
  );
  return operations.map((operation) =>
    operation.kind === "remove" &&
    (operation.cause.kind === "rollout-failed" || failed.has(operation.container.id))
      ? { ...operation, hasFailed: true }
      : operation,
  );
}
