/** Which operations are part of a container's taking the place of another one. Pure. */
import type { Cause, Operation } from "../operation.ts";
import type { Plan } from "./plan.ts";

/** One container takes the place of another one. */
export function isReplacement({ kind }: Cause): boolean {
  return (
    kind === "spec-changed" ||
    kind === "monitor-died" ||
    kind === "joined-replaced" ||
    kind === "joined-container-replaced" ||
    kind === "networks-changed" ||
    kind === "volumes-changed"
  );
}

/** Also what goes on a way back because it is of the revision that is left, where another one is made in its slot. */
export function replacementsIn({ operations }: Pick<Plan, "operations">): (operation: Operation) => boolean {
  const made = new Set(
    operations.flatMap(({ operation }) =>
      operation.kind === "create" && isReplacement(operation.cause) ? [placeOf(operation)] : [],
    ),
  );
  return (operation) =>
    isReplacement(operation.cause) ||
    (operation.cause.kind === "rollout-failed" && operation.kind !== "start" && made.has(placeOf(operation)));
}

function placeOf(operation: Operation): string | undefined {
  if (!("container" in operation)) return undefined;
  const { service, slot } = operation.container;
  return `${operation.stack}/${service}/${slot}`;
}
