/** Whether a stack's new revision has failed, and what then goes back: the whole stack, or a service of it. Pure. */
import type { ServiceName, SpecHash } from "../../model/ids.ts";
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { keyOf, type Operation } from "../operation.ts";
import { goBack, isGoingBack, takeBack } from "./going-back.ts";
import { hasClash } from "./mix-clash.ts";
import { mixStacks } from "./mix-stacks.ts";
import { stalled } from "./progress.ts";
import { hashesOf } from "./proven.ts";
import { holdRollout } from "./rollout.ts";
import type { ServiceStep } from "./step-service.ts";
import type { StackView } from "./stack-view.ts";
import { policyOf } from "./update-policy.ts";
import { withDependents } from "./with-dependents.ts";
import type { ObservedContainer } from "../types.ts";

export interface FailureContext {
  readonly rollout: Rollout;
  /** Spec hashes of the good revision; absent where there is none. */
  readonly known: ReadonlySet<SpecHash> | undefined;
  /** As it is desired. */
  readonly stack: Stack;
  readonly view: StackView;
}

/** The record after what these steps have found; undefined where the rollout goes on. */
export function failedRollout(
  steps: readonly ServiceStep[],
  { rollout, known, stack, view }: FailureContext,
): Rollout | undefined {
  if (rollout.phase === "failed" || isGoingBack(rollout)) return undefined;
  const isNew = steps.some(
    ({ each: { wanted } }) => wanted !== undefined && known?.has(wanted.hash) === false,
  );
  const culprit =
    steps.find(({ failure }) => failure) ??
    (isNew ? stalled(rollout.progress ?? {}, steps, view) : undefined);
  if (culprit?.failure === undefined) return undefined;
  const { each, failure } = culprit;
  const back = goBackFrom(each.service, { rollout: { ...rollout, failure }, stack, view });
  return back ?? holdRollout(rollout, failure);
}

/** Where an operation has failed after something of the new revision ran, that is not left half done. */
export function turnBack(rollout: Rollout, stack: Stack, view: StackView): Rollout {
  const { failure, good } = rollout;
  if (rollout.phase !== "failed" || view.rollout?.phase === "failed" || !failure || !good) return rollout;
  const known = hashesOf(good);
  const hasBegun =
    rollout.takenBack !== undefined || rollout.replaced.length > 0 || newThatRan(known, view).length > 0;
  if (!hasBegun) return rollout;
  const failed = view.outcomes.find(
    ({ operation, result }) => result.kind === "failed" && keyOf(operation) === failure.operation,
  )?.operation;
  const service = stack.services.find(({ name }) => failed && name === serviceOf(failed));
  return goBackFrom(service, { rollout, stack, view }) ?? rollout;
}

/** Undefined where it cannot: it is not to, or something has run of what would go back that is irreversible. */
function goBackFrom(
  service: Service | undefined,
  { rollout, stack, view }: Omit<FailureContext, "known">,
): Rollout | undefined {
  const { services } = stack;
  const { failure, good } = rollout;
  if (!failure || !good) return undefined;
  if (service && policyOf(service).failureAction !== "rollback") return undefined;
  const own = service && policyOf(service).scope ? withDependents(service, services) : undefined;
  const alone = own && canMix(stack, good, [...(rollout.takenBack ?? []), ...own]) ? own : undefined;
  const going = alone ? services.filter(({ name, prepares = name }) => alone.includes(prepares)) : services;
  if (hasCommitted(going, hashesOf(good), view)) return undefined;
  return alone ? takeBack(rollout, failure, alone) : goBack(rollout, failure);
}

/** For good there would be two of what is there once; on the way forward there are for a moment only. */
function canMix(stack: Stack, good: KeptRevision, takenBack: readonly ServiceName[]): boolean {
  return !hasClash(mixStacks(stack, good.stack, takenBack), [stack, good.stack]);
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
