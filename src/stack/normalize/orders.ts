/** Whether services can move to a new spec, and back, in the order and within the bounds that the file asks for. */
import { type Checking, errorAt } from "../../document/checking.ts";
import { isNone } from "../../model/replica-count.ts";
import { betterOnce, onlyOnce, startsFirst } from "../../model/start-first.ts";
import type { Service, UpdatePolicy } from "../../model/stack.ts";

interface At {
  readonly path: string;
  readonly services: readonly Service[];
  readonly checking: Checking;
}

export function checkOrders(services: readonly Service[], checking: Checking): void {
  for (const service of services) {
    if (service.job) continue; // a run ends before another one takes its place
    const at = { path: `services.${service.name}`, services, checking };
    checkDoubles(service, at);
    checkAway(service, at);
  }
}

/** What is there once is not there twice for a while: neither on the way to a new revision nor on the way back. */
function checkDoubles(service: Service, at: At): void {
  const { path, services, checking } = at;
  const once = onlyOnce(service, services);
  if (once === undefined) return;
  for (const key of keysOfStartFirst(service, at)) {
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path}.${key} has new replicas start first, and ${path} ${once}: old and new cannot both do so`,
      hint: key.endsWith("order")
        ? "Write stop-first, or nothing."
        : `Write max_surge: 0 under x-rollout of ${path}.`,
    });
  }
}

const keys = { update: "deploy.update_config.order", rollback: "deploy.rollback_config.order" } as const;

/** Where the file asks for it: by an order, or by a surge, which is another word for one. */
function keysOfStartFirst({ update, rollback }: Service, { path, checking }: At): readonly string[] {
  const isWritten = (key: string): boolean => checking.places[`${path}.${key}`] !== undefined;
  return [
    ...(update?.order === "start-first"
      ? [isWritten(keys.update) ? keys.update : "x-rollout.max_surge"]
      : []),
    ...(rollback?.order === "start-first" && isWritten(keys.rollback) ? [keys.rollback] : []),
  ];
}

/** Where none may be away, new replicas have to start first, on both ways. */
function checkAway(service: Service, { path, services, checking }: At): void {
  const stuck = (["update", "rollback"] as const).find(
    (way) => isNone(service[way]?.maxUnavailable) && !startsFirst(onWay(service, service[way]), services),
  );
  if (stuck === undefined) return;
  const once = onlyOnce(service, services);
  const isOrdered = once === undefined && service[stuck]?.order !== undefined;
  const why = isOrdered ? `${path}.${keys[stuck]} is stop-first` : `${path} ${once ?? betterOnce(service)}`;
  const least = `write at least 1 for it under x-rollout of ${path}`;
  errorAt(checking, `${path}.x-rollout.max_unavailable`, {
    code: "conflicting-keys",
    message: `${path}.x-rollout.max_unavailable is 0, and ${why}: new replicas cannot start first, so that none could ever be replaced`,
    hint:
      once === undefined
        ? `Have it start-first, if two at once harm nobody, or ${least}.`
        : `${least.charAt(0).toUpperCase()}${least.slice(1)}.`,
  });
}

function onWay(service: Service, update: UpdatePolicy | undefined): Service {
  return { ...service, ...(update && { update }) };
}
