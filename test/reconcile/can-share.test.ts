/** Whether there are namespaces to share: those whose they are run, and nobody has begun to stop them. */
import { expect, it } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import type { ContainerOperation, Operation } from "../../src/reconcile/operation.ts";
import { canShare } from "../../src/reconcile/step/slot.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStranger, emptyWorld, now } from "./build.ts";

const shared = aStranger();
const other = { ...shared, id: containerId("0123456789ab"), state: "exited" } as const;
const { stack, service, slot } = shared;
const common = { stack, cause: { kind: "created" }, after: [] } as const;

function on({ id }: ObservedContainer, kind: "stop" | "leave"): ContainerOperation {
  return { kind, container: { id, service, slot }, ports: [], ...common };
}

it.each<[string, readonly ObservedContainer[], readonly Operation[], boolean]>([
  ["runs", [other, shared], [], true],
  ["has ended", [{ ...shared, state: "exited" }], [], false],
  ["is not there", [other], [], false],
  ["is stopped", [shared], [on(shared, "stop")], false],
  ["leaves its ports", [shared], [on(shared, "leave")], true],
  ["runs, while another one is stopped", [shared, other], [on(other, "stop")], true],
  ["runs, while an image is fetched", [shared], [{ kind: "pull", reference: "web", ...common }], true],
])("one that %s", (_, containers, inFlight, can) => {
  const view = {
    ...{ name: stack, containers, observed: { ...emptyWorld, containers }, inventory: [], inFlight, now },
    ...{ rollout: undefined, outcomes: [], isBusy: () => false, leaverOf: () => undefined },
  };
  expect(canShare({ ...other, joined: [shared.id] }, view)).toBe(can);
});
