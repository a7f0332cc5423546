/** Whether services can move to a new spec, and back, in the order that the file asks for. */
import { type Checking, errorAt } from "../../document/checking.ts";
import { onlyOnce } from "../../model/start-first.ts";
import type { Service } from "../../model/stack.ts";

/** What is there once is not there twice for a while: neither on the way to a new revision nor on the way back. */
export function checkOrders(services: readonly Service[], checking: Checking): void {
  for (const service of services) {
    const path = `services.${service.name}`;
    const once = service.job ? undefined : onlyOnce(service, services);
    if (once === undefined) continue;
    for (const key of keysOfStartFirst(service, { path, checking })) {
      errorAt(checking, `${path}.${key}`, {
        code: "conflicting-keys",
        message: `${path}.${key} has new replicas start first, and ${path} ${once}: old and new cannot both do so`,
        hint: key.endsWith("order")
          ? "Write stop-first, or nothing."
          : `Write max_surge: 0 under x-rollout of ${path}.`,
      });
    }
  }
}

/** Where the file asks for it: by an order, or by a surge, which is another word for one. */
function keysOfStartFirst(
  { update, rollback }: Service,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): readonly string[] {
  const [forward, back] = ["deploy.update_config.order", "deploy.rollback_config.order"];
  const isWritten = (key: string): boolean => checking.places[`${path}.${key}`] !== undefined;
  return [
    ...(update?.order === "start-first" ? [isWritten(forward) ? forward : "x-rollout.max_surge"] : []),
    ...(rollback?.order === "start-first" && isWritten(back) ? [back] : []),
  ];
}
