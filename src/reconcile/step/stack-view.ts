/** What one stack's part of a step is given, and what it gives back. */
import type { StackName } from "../../model/ids.ts";
import type { InventoryEntry, Rollout } from "../../model/rollout.ts";
import type { JoinOperation, Operation } from "../operation.ts";
import type { Observed, ObservedContainer, Outcome, StepResult } from "../types.ts";

/** One stack's part of the input. */
export interface StackView {
  readonly name: StackName;
  readonly containers: readonly ObservedContainer[];
  readonly observed: Observed;
  readonly inventory: readonly InventoryEntry[];
  readonly rollout: Rollout | undefined;
  readonly outcomes: readonly Outcome[];
  /** Whether an operation with this key, or any on this container, has been started and not yet ended. */
  readonly isBusy: (keyOrContainerId: string) => boolean;
  /** Of this stack, started and not yet ended. */
  readonly inFlight: readonly Operation[];
  /** The stack that has yet to leave a port of this join, which waits for that. */
  readonly leaverOf: (join: JoinOperation) => StackName | undefined;
  readonly now: number;
}

/** One stack's part of the result. */
export type StackStep = Omit<StepResult, "rollouts"> & { readonly rollout: Rollout | undefined };
