/** Volumes that a new revision writes to: what it has written stays where its stack goes back. Pure. */
import type { StackName } from "../../model/ids.ts";
import { lastStood } from "../../model/last-of-use.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import type { Cause, ContainerOperation, Operation } from "../operation.ts";
import { isGoingBack } from "../step/going-back.ts";
import type { StepInput } from "../types.ts";
import type { PlannedOperation } from "./plan.ts";

export interface WrittenVolume {
  readonly volume: string;
  /** Sorted; a step of `pre_start` is its service's. */
  readonly services: readonly string[];
}

export interface PlannedVolume extends WrittenVolume {
  readonly stack: StackName;
  /** It is the way back that the plan is of. */
  readonly isBack?: true;
}

/** By name. */
export function writtenBy(services: readonly Service[]): readonly WrittenVolume[] {
  const pairs = services.flatMap(({ name, prepares = name, container }) =>
    container.mounts.flatMap((mount) =>
      mount.kind === "volume" && mount.volume !== undefined && !mount.readOnly
        ? [{ volume: mount.volume, service: prepares }]
        : [],
    ),
  );
  return [...Map.groupBy(pairs, ({ volume }) => volume)]
    .map(([volume, of]) => ({ volume, services: [...new Set(of.map(({ service }) => service))].sort() }))
    .sort((a, b) => (a.volume < b.volume ? -1 : 1));
}

/** Those that were there before and that what is new in a plan writes to, or wrote to that goes back. */
export function volumesIn(
  operations: readonly PlannedOperation[],
  {
    desired,
    observed,
    rollouts,
    planned,
  }: Pick<StepInput, "desired" | "observed" | "rollouts"> & { readonly planned: readonly Rollout[] },
): readonly PlannedVolume[] {
  const goesBack = (name: StackName): boolean =>
    planned.some((each) => each.stack === name && isGoingBack(each));
  const hasStood = (name: StackName): boolean =>
    rollouts.some((each) => each.stack === name && lastStood(each) !== undefined);
  return desired.stacks
    .filter(({ stack }) => hasStood(stack.name))
    .flatMap(({ stack }) => {
      const isBack = goesBack(stack.name);
      const changed = new Set(
        operations.flatMap(({ operation }) =>
          operation.stack === stack.name && isChange(operation) ? [operation.container.service] : [],
        ),
      );
      const services = stack.services.filter(
        ({ name, update }) => changed.has(name) && (isBack || update?.irreversible !== true),
      );
      return writtenBy(services)
        .filter(({ volume }) => observed.volumes.includes(volume))
        .map((each) => ({ stack: stack.name, ...each, ...(isBack && { isBack: true as const }) }));
    });
}

const changes: ReadonlySet<Cause["kind"]> = new Set(["spec-changed", "volumes-changed", "new-service"]);

/** Something of another revision comes, or is taken back for its failure. */
function isChange(operation: Operation): operation is ContainerOperation {
  const { kind, cause } = operation;
  return kind === "create" ? changes.has(cause.kind) : cause.kind === "rollout-failed";
}
