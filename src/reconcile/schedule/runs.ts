/** The containers of scheduled services: each is a run, known by its time. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Service } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import { decideRestart } from "../step/restart.ts";
import type { StackView } from "../step/stack-view.ts";
import type { ObservedContainer } from "../types.ts";

export interface Run {
  readonly time: number;
  readonly container: ObservedContainer;
  readonly hasStarted: boolean;
  /** It has ended and is not started again: its policy says so, or we ended it. */
  readonly isOver: boolean;
  /** We ended it. */
  readonly isCutShort: boolean;
}

/** In order of their times. */
export function runsOf(
  service: Service,
  { view, ended }: { readonly view: StackView; readonly ended: readonly ContainerId[] },
): readonly Run[] {
  return view.containers
    .filter((container) => container.service === service.name)
    .flatMap((container): readonly Run[] => {
      const time = timeOfRun(container.slot);
      if (time === undefined) return [];
      const isCutShort = ended.includes(container.id);
      const isDone = isCutShort || decideRestart(container, service.restart, view.now).kind !== "restart";
      return [
        {
          time,
          container,
          hasStarted: container.startedAt !== undefined,
          isOver: container.state === "exited" && isDone,
          isCutShort,
        },
      ];
    })
    .sort((a, b) => a.time - b.time);
}

/** The rest of its stack has nothing to do with it. */
export function isOfRun(operation: Operation): boolean {
  return "container" in operation && timeOfRun(operation.container.slot) !== undefined;
}
