/** Whether a stack's new revision has failed, and whether the whole stack then goes back. Pure. */
import type { SpecHash } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Service } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import { goBack, isGoingBack } from "./going-back.ts";
import { stalled } from "./progress.ts";
import { hashesOf } from "./proven.ts";
import { holdRollout } from "./rollout.ts";
import type { ServiceStep } from "./step-service.ts";
import type { StackView } from "./stack-view.ts";
import { policyOf } from "./update-policy.ts";
import type { ObservedContainer } from "../types.ts";

export interface FailureContext {
  readonly rollout: Rollout;
  /** Spec hashes of the good revision; absent where there is none. */
  readonly known: ReadonlySet<SpecHash> | undefined;
  readonly view: StackView;
}

/** The record after what these steps have found; undefined where the rollout goes on. */
export function failedRollout(
  steps: readonly ServiceStep[],
  { rollout, known, view }: FailureContext,
): Rollout | undefined {
  if (rollout.phase === "failed" || isGoingBack(rollout)) return undefined;
  const isNew = steps.some(
    ({ each: { wanted } }) => wanted !== undefined && known?.has(wanted.hash) === false,
  );
  const culprit =
    steps.find(({ failure }) => failure) ??
    (isNew ? stalled(rollout.progress ?? {}, steps, view) : undefined);
  if (culprit?.failure === undefined) return undefined;
  const services = steps.map(({ each }) => each.service);
  const isCommitted = known !== undefined && hasCommitted(services, known, view);
  return canGoBack(culprit.each.service, rollout) && !isCommitted
    ? goBack(rollout, culprit.failure)
    : holdRollout(rollout, culprit.failure);
}

/** Where an operation has failed after something of the new revision ran, that is not left half done. */
export function turnBack(rollout: Rollout, desired: readonly Service[], view: StackView): Rollout {
  const { failure, good } = rollout;
  if (rollout.phase !== "failed" || view.rollout?.phase === "failed" || !failure || !good) return rollout;
  const known = hashesOf(good);
  const hasBegun = newThatRan(known, view).length > 0;
  const failed = view.outcomes.find(({ result }) => result.kind === "failed")?.operation;
  const service = desired.find(({ name }) => failed && name === serviceOf(failed));
  const begun = (hasBegun || rollout.replaced.length > 0) && !hasCommitted(desired, known, view);
  return begun && (service === undefined || canGoBack(service, rollout)) ? goBack(rollout, failure) : rollout;
}

/** Something new has run that cannot be taken back. */
function hasCommitted(services: readonly Service[], known: ReadonlySet<SpecHash>, view: StackView): boolean {
  const irreversible = services.filter(({ update }) => update?.irreversible).map(({ name }) => name);
  return newThatRan(known, view).some(({ service }) => irreversible.includes(service));
}

/** Runs of a schedule are beside it: some are kept that are older than the good revision. */
function newThatRan(known: ReadonlySet<SpecHash>, { containers }: StackView): readonly ObservedContainer[] {
  return containers.filter(
    ({ slot, specHash, startedAt }) =>
      startedAt !== undefined && timeOfRun(slot) === undefined && !known.has(specHash),
  );
}

function serviceOf(operation: Operation): string | undefined {
  return "container" in operation ? operation.container.service : undefined;
}

function canGoBack(service: Service, { good }: Rollout): boolean {
  return good !== undefined && policyOf(service).failureAction === "rollback";
}
