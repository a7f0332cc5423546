/** Every conflict about networks and addresses as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStranger, desire, emptyWorld } from "./build.ts";
import {
  asking,
  at,
  fixed,
  held,
  host,
  joined,
  made,
  member,
  on,
  own,
  publishing,
  room,
  running,
  subnet,
  textOf,
  updating,
  updatingThree,
  with_,
} from "./conflict-words.ts";

/** Each stack is called as it sorts: those before `shop` are considered before it. */
const cases: Readonly<Record<string, readonly (readonly [string, Partial<ConflictInput>])[]>> = {
  "a network that is external": [
    ["and not there", { desired: desire(on("shop", { key: "own", name: "edge" })) }],
    [
      "and is there",
      { desired: desire(on("shop", { key: "own", name: "edge" })), observed: with_(made("edge")) },
    ],
    [
      "and is made by another stack",
      { desired: desire(on("shop", { key: "own", name: "edge" }), on("zoo", own("edge"))) },
    ],
    [
      "and external to another stack, too",
      { desired: desire(on("shop", { key: "own", name: "edge" }), on("zoo", { key: "own", name: "edge" })) },
    ],
    ["and everybody's", { desired: desire(on("shop", { key: "own", name: "bridge" })) }],
  ],
  "a network that is to be made": [
    ["that a stack before it makes", { desired: desire(on("blog", own("edge")), on("shop", own("edge"))) }],
    [
      "that a stack before it joins only",
      { desired: desire(on("blog", { key: "own", name: "edge" }), on("shop", own("edge"))) },
    ],
    [
      "that another stack has",
      { desired: desire(on("shop", own("edge"))), observed: with_(made("edge", {}, "foreign")) },
    ],
    [
      "that another stack has which goes",
      {
        desired: { ...desire(on("shop", own("edge"))), absent: [stackName("foreign")] },
        observed: with_(made("edge", {}, "foreign")),
      },
    ],
    [
      "that nobody's is",
      { desired: desire(on("shop", own("edge"))), observed: with_(made("edge", {}, null)) },
    ],
    ["with a driver that nobody has", { desired: desire(on("shop", own("edge", { driver: "wan" }))) }],
    ["with one of CNI", { desired: desire(on("shop", own("edge", { driver: "lan" }))) }],
    ["with one of CNI that leads no ports", { desired: desire(publishing("lan")) }],
    ["with one of CNI that leads ports", { desired: desire(publishing("portmapped")) }],
    ["with one on a link", { desired: desire(on("shop", own("edge", { driver: "macvlan" }))) }],
    [
      "with a driver that nobody asks for",
      { desired: desire(on("shop", own("edge", { driver: "wan" }))), addressing: undefined as never },
    ],
    [
      "with IPv6 on a host without",
      { desired: desire(on("shop", own("edge", { ipv6: true }))), addressing: { ...host, hasIPv6: false } },
    ],
    ["with IPv6 on a host that has it", { desired: desire(on("shop", own("edge", { ipv6: true }))) }],
    [
      "without IPv6 on a host without",
      { desired: desire(on("shop", own("edge"))), addressing: { ...host, hasIPv6: false } },
    ],
    [
      "with the subnet of a network of a stack before it",
      {
        desired: desire(
          on("blog", own("one", subnet("10.1.0.0/16"))),
          on("shop", own("edge", subnet("10.1.2.0/24"))),
        ),
      },
    ],
    [
      "with the subnet of a network of a stack after it",
      {
        desired: desire(
          on("shop", own("edge", subnet("10.1.2.0/24"))),
          on("zoo", own("one", subnet("10.3.0.0/16"))),
        ),
      },
    ],
    [
      "with the subnet of a network that is there",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        observed: with_(made("one", { subnet: "10.1.0.0/16" }, "foreign")),
      },
    ],
    [
      "with the subnet of one that goes",
      {
        desired: {
          ...desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
          absent: [stackName("foreign")],
        },
        observed: with_(made("one", { subnet: "10.1.0.0/16" }, "foreign")),
      },
    ],
    [
      "with a subnet beside that of another one",
      {
        desired: desire(on("shop", own("edge", subnet("10.2.0.0/24")))),
        observed: with_(made("one", { subnet: "10.1.0.0/16" })),
      },
    ],
    [
      "with the subnet of its own network, made again",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        observed: with_(made("edge", { subnet: "10.1.0.0/16" })),
      },
    ],
    [
      "with the subnet of a route",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        addressing: { ...host, routes: [{ destination: "10.1.0.0/16", link: "wg0" }] },
      },
    ],
    [
      "with the subnet of a route to nowhere",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        addressing: { ...host, routes: [{ destination: "10.1.0.0/16", link: "" }] },
      },
    ],
    [
      "with a subnet beside that of a route",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        addressing: { ...host, routes: [{ destination: "10.2.0.0/16", link: "wg0" }] },
      },
    ],
    [
      "on a link, with the subnet of a route",
      {
        desired: desire(on("shop", own("edge", { driver: "macvlan", ...subnet("10.1.2.0/24") }))),
        addressing: { ...host, routes: [{ destination: "10.1.0.0/16", link: "eth0" }] },
      },
    ],
    [
      "that has containers, with the subnet of a route",
      {
        desired: desire(on("shop", own("edge", subnet("10.1.2.0/24")))),
        observed: { ...with_(made("edge", { subnet: "10.1.2.0/24" })), containers: [member("edge")] },
        addressing: { ...host, routes: [{ destination: "10.1.0.0/16", link: "wg0" }] },
      },
    ],
    [
      "where one subnet is left for two",
      { desired: desire(on("shop", own("edge")), on("blog", own("inner"))) },
    ],
    [
      "where one is left, and the other has its own",
      { desired: desire(on("shop", own("edge")), on("blog", own("inner", subnet("10.1.0.0/24")))) },
    ],
    [
      "where one is left, and the other is there",
      {
        desired: desire(on("shop", own("edge")), on("blog", own("inner"))),
        observed: with_(made("inner", {}, "blog")),
      },
    ],
    [
      "where one is left, and the other has a subnet of IPv6 alone",
      { desired: desire(on("shop", own("edge")), on("blog", own("inner", subnet("fd00:1::/64")))) },
    ],
  ],
  "a network that has containers": [
    [
      "and another driver",
      { desired: desire(on("shop", own("edge", { driver: "lan" }))), observed: joined(made("edge")) },
    ],
    [
      "and another link",
      {
        desired: desire(on("shop", own("edge", { driver: "macvlan", options: { parent: "eth1" } }))),
        observed: joined(made("edge", { spec: { driver: "macvlan", options: { parent: "eth0" } } })),
      },
    ],
    [
      "and is to get IPv6",
      { desired: desire(on("shop", own("edge", { ipv6: true }))), observed: joined(made("edge")) },
    ],
    [
      "and is to lose IPv6",
      {
        desired: desire(on("shop", own("edge"))),
        observed: joined(made("edge", { spec: { ipv6: true }, subnet6: "fd00:1::/64" })),
      },
    ],
    [
      "and another subnet",
      { desired: desire(on("shop", own("edge", subnet("10.1.0.0/24")))), observed: joined(made("edge")) },
    ],
    [
      "and another subnet of IPv6",
      {
        desired: desire(on("shop", own("edge", { ipv6: true, ...subnet("fd00:2::/64") }))),
        observed: joined(made("edge", { spec: { ipv6: true }, subnet6: "fd00:1::/64" })),
      },
    ],
    [
      "and the same subnet",
      { desired: desire(on("shop", own("edge", subnet("10.9.0.0/24")))), observed: joined(made("edge")) },
    ],
    [
      "and no longer has them",
      { desired: desire(on("shop", own("edge", { driver: "lan" }))), observed: with_(made("edge")) },
    ],
  ],
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
    [
      "that a container has of a service that has left",
      held("10.9.0.5", { name: "shop-old-1", stack: "shop", service: "old" }),
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

it("conflicts about networks are told with their place, their reason, and what to do", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/network-conflicts.txt");
});
