/** A container as `ps` shows it: the runtime's status with its place in a stack. */
import type { ServiceName, StackName } from "../model/ids.ts";
import type { ContainerStatus } from "../runtime/types.ts";
import { membershipOf } from "./labels.ts";

export interface Replica extends ContainerStatus {
  readonly stack: StackName | undefined;
  readonly service: ServiceName | undefined;
  readonly slot: number | undefined;
}

/** Sorted by stack, service and slot. */
export function replicasOf(statuses: readonly ContainerStatus[]): readonly Replica[] {
  const replicas = statuses.map((status): Replica => {
    const { stack, service, slot } = membershipOf(status) ?? {};
    return { ...status, stack, service, slot };
  });
  return replicas.sort(
    (a, b) =>
      compare(a.stack, b.stack) ||
      compare(a.service, b.service) ||
      (a.slot ?? 0) - (b.slot ?? 0) ||
      compare(a.id, b.id),
  );
}

function compare(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
