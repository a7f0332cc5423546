/** Networks of a stack that go, and what that waits for. */
import { expect, test } from "vitest";
import { containerId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import type { StackView } from "../../src/reconcile/step/stack-view.ts";
import { removeNetworks, unusedNetworks } from "../../src/reconcile/step/unused-networks.ts";
import { aStranger, emptyWorld, now } from "./build.ts";
import { made } from "./conflict-words.ts";

const shop = stackName("shop");

function viewOf(changes: Partial<StackView> = {}): StackView {
  const networks = [
    made("back"),
    made("front"),
    made("used"),
    made("theirs", {}, "blog"),
    made("nobody's", {}, null),
  ];
  const containers = [aStranger(), { ...aStranger(), networks: ["used"] }];
  return {
    ...{ name: shop, containers: [], observed: { ...emptyWorld, networks, containers }, inventory: [] },
    ...{
      rollout: undefined,
      outcomes: [],
      inFlight: [],
      isBusy: () => false,
      leaverOf: () => undefined,
      now,
      ...changes,
    },
  };
}

test.each([
  [[], ["back", "front"]],
  [["front"], ["back"]],
  [["back", "front"], []],
])("where the stack wants %j, and somebody is on `used`, these go: %j", (wanted, gone) => {
  expect(unusedNetworks(viewOf(), wanted).map(({ spec }) => spec.name)).toEqual(gone);
});

const common = { stack: shop, cause: { kind: "stack-removed" }, after: [] } as const;

function removal(id: string, networks?: readonly string[]): Operation {
  const container = { id: containerId(id), service: serviceName("web"), slot: 1 };
  return { ...common, kind: "remove", container, ...(networks && { networks }) };
}

test("a network goes after the containers that were on it, and not twice", () => {
  const start = { ...common, kind: "start", networks: ["back"] } as const;
  const operations = [
    removal("aaaaaaaaaaaa", ["front", "back"]),
    removal("bbbbbbbbbbbb", ["front"]),
    removal("cccccccccccc"),
    { ...start, container: { id: containerId("dddddddddddd"), service: serviceName("web"), slot: 1 } },
  ];
  const view = viewOf({ outcomes: operations.map((operation) => ({ operation, result: { kind: "done" } })) });
  const cause = { kind: "network-left" } as const;
  const removed = (busy: StackView): readonly Operation[] =>
    removeNetworks(unusedNetworks(busy), { view: busy, cause });
  expect(removed(view)).toEqual([
    { kind: "remove-network", stack: shop, network: { name: "back" }, cause, after: ["remove aaaaaaaaaaaa"] },
    {
      ...{ kind: "remove-network", stack: shop, network: { name: "front" }, cause },
      after: ["remove aaaaaaaaaaaa", "remove bbbbbbbbbbbb"],
    },
  ]);
  const busy = { ...view, isBusy: (key: string) => key === "remove-network back" };
  expect(
    removed(busy).map((operation) => operation.kind === "remove-network" && operation.network.name),
  ).toEqual(["front"]);
});
