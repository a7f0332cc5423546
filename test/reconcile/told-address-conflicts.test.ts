/** Every conflict about addresses as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStranger, desire, emptyWorld } from "./build.ts";
import {
  asking,
  at,
  fixed,
  held,
  member,
  on,
  own,
  room,
  running,
  subnet,
  textOf,
  updating,
  updatingThree,
} from "./conflict-words.ts";

/** Each stack is called as it sorts: those before `shop` are considered before it. */
const cases: Readonly<Record<string, readonly (readonly [string, Partial<ConflictInput>])[]>> = {
  "a fixed address": [
    ["outside of the subnet", fixed("10.8.0.5")],
    ["in the quarter of services", fixed("10.9.0.200")],
    [
      "in that quarter, where the range of the pool says so",
      fixed("10.9.0.200", { pools: [{ subnet: "10.9.0.0/24", range: "10.9.0.192/26", reserved: [] }] }),
    ],
    [
      "in that quarter, and not in the range of the pool",
      fixed("10.9.0.200", { pools: [{ subnet: "10.9.0.0/24", range: "10.9.0.0/26", reserved: [] }] }),
    ],
    ["in that quarter of another network than a bridge", fixed("10.9.0.200", { driver: "lan" })],
    ["that is the network's own", fixed("10.9.0.0")],
    ["that its gateway has, where nothing is said", fixed("10.9.0.1")],
    [
      "that its gateway has",
      fixed("10.9.0.9", { pools: [{ subnet: "10.9.0.0/24", gateway: "10.9.0.9", reserved: [] }] }),
    ],
    ["that it keeps", fixed("10.9.0.77", { pools: [{ subnet: "10.9.0.0/24", reserved: ["10.9.0.77"] }] })],
    ["that the gateway of a network of the host has", fixed("10.9.0.1", { driver: "macvlan" })],
    ["that only plugins can tell of", fixed("10.9.0.1", { driver: "lan" })],
    ["that is free", fixed("10.9.0.5")],
    ["of IPv6 where the network has none", fixed("fd00:1::5")],
    ["on a network that is not there", { desired: desire(asking("shop", "10.9.0.5")), observed: emptyWorld }],
    [
      "that a stack before it asks for",
      { ...fixed("10.9.0.5"), desired: desire(asking("blog", "10.9.0.5"), asking("shop", "10.9.0.5")) },
    ],
    [
      "beside one that a stack before it asks for",
      { ...fixed("10.9.0.5"), desired: desire(asking("blog", "10.9.0.6"), asking("shop", "10.9.0.5")) },
    ],
    ["that a container nobody planned has", held("10.9.0.5", { name: "old-box" })],
    [
      "that a container of another stack has",
      held("10.9.0.5", { name: "blog-web-1", stack: "blog", service: "web" }),
    ],
    [
      "that a container of another service has",
      held("10.9.0.5", { name: "shop-db-1", stack: "shop", service: "db" }),
    ],
    [
      "that a container of the same service has",
      held("10.9.0.5", { name: "shop-web-1", stack: "shop", service: "web" }),
    ],
    ["that a container has of a service that has left", leftBehind("running")],
    ["that a container had of a service that has left", leftBehind("exited")],
    [
      "that a stack before it asks for, and a container has of a service that has left",
      { ...leftBehind("running"), desired: desire(asking("blog", "10.9.0.5"), asking("shop", "10.9.0.5")) },
    ],
    ["beside one that a container has", held("10.9.0.6", { name: "old-box" })],
    [
      "of which a container has the same on another network",
      held("10.9.0.5", { name: "old-box", network: "other" }),
    ],
  ],
  "the addresses of a network": [
    ["that are as many as its containers", room("10.9.0.0/28", { replicas: 10 })],
    ["that are one too few", room("10.9.0.0/28", { replicas: 11 })],
    [
      "that are as many as its runs, of which one is under way and the others are kept",
      room("10.9.0.0/28", { schedule: { history: { succeeded: 5, failed: 4 } } }),
    ],
    [
      "that are too few for the runs that are kept",
      room("10.9.0.0/28", { schedule: { history: { succeeded: 6, failed: 4 } } }),
    ],
    [
      "that are too few without a place in the file",
      {
        desired: desire(
          at(on("shop", own("edge", subnet("10.9.0.0/28")), { web: { replicas: 11 } }), {
            "services.web": 3,
          }),
        ),
      },
    ],
    [
      "that are too few for the surge of an update",
      { desired: desire(updating(9)), observed: running("shop") },
    ],
    [
      "that are as many as are needed in an update",
      { desired: desire(updating(8)), observed: running("shop") },
    ],
    [
      "that are as many as each of a chain of services needs in its turn",
      {
        desired: desire(updatingThree({ b: ["a"], web: ["b"] })),
        observed: running("shop", ["a", "b", "web"]),
      },
    ],
    [
      "that are too few for a chain of services beside another one",
      {
        desired: desire(updatingThree({ b: ["a"], web: [] })),
        observed: running("shop", ["a", "b", "web"]),
      },
    ],
    ["that nothing is there yet to update", { desired: desire(updating(9)), observed: emptyWorld }],
    [
      "that others have",
      { ...room("10.9.0.0/28", { replicas: 10 }), observed: { ...emptyWorld, containers: [member("edge")] } },
    ],
    [
      "that others on other networks do not have",
      {
        ...room("10.9.0.0/28", { replicas: 10 }),
        observed: { ...emptyWorld, containers: [member("other"), aStranger()] },
      },
    ],
    ["of IPv6 are never too few", room("fd00:1::/126", { replicas: 11 })],
  ],
};

it("conflicts about addresses are told with their place, their reason, and what to do", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/address-conflicts.txt");
});

/** By a service of the same stack that is not in its file any more. */
function leftBehind(state: ObservedContainer["state"]): Partial<ConflictInput> {
  const changes = held("10.9.0.5", { name: "shop-old-1", stack: "shop", service: "old" });
  const old = { ...aStranger(), stack: stackName("shop"), service: serviceName("old"), state };
  const other = { ...aStranger(), state: state === "running" ? "exited" : "running" } as const;
  return { ...changes, observed: { ...emptyWorld, ...changes.observed, containers: [other, old] } };
}
