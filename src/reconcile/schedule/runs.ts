/** The containers of scheduled services: each is a run, known by its time. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Service } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import { decideRestart } from "../step/restart.ts";
import type { StackView } from "../step/stack-view.ts";
import type { ObservedContainer } from "../types.ts";
import { isAhead } from "./ahead.ts";

export interface Run {
  readonly time: number;
  readonly container: ObservedContainer;
  readonly hasStarted: boolean;
  /** It has ended and is not started again: its policy says so, we ended it, or what it shared has gone. */
  readonly isOver: boolean;
  /** We ended it. */
  readonly isCutShort: boolean;
}

/** In order of their times; what was made while the clock was ahead comes first. */
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
      const isDone =
        isCutShort ||
        hasLostJoined(container, view) ||
        decideRestart(container, service.restart, view.now).kind !== "restart";
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
    .sort((a, b) => orderOf(a, view) - orderOf(b, view) || a.time - b.time);
}

function orderOf({ time }: Run, { now }: StackView): number {
  return isAhead(time, now) ? 0 : time;
}

/** It cannot start again: a container whose namespaces it was made to share is there no more. */
function hasLostJoined({ joined = [] }: ObservedContainer, { observed }: StackView): boolean {
  return joined.some((id) => observed.containers.every((container) => container.id !== id));
}

/** The rest of its stack has nothing to do with it. */
export function isOfRun(operation: Operation): boolean {
  return "container" in operation && timeOfRun(operation.container.slot) !== undefined;
}
