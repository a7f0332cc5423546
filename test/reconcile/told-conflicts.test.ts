/** Every conflict as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import { sourceId, stackName } from "../../src/model/ids.ts";
import { findConflicts, withoutConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStack, aStranger, desire, emptyWorld, source } from "./build.ts";
import {
  aService,
  asking,
  at,
  behind,
  both,
  choosing,
  fixed,
  held,
  host,
  joined,
  listener,
  made,
  member,
  on,
  own,
  room,
  running,
  sharing,
  subnet,
  updating,
  updatingThree,
  vpn,
  vpns,
  web,
  with_,
} from "./conflict-words.ts";

/** Each stack is called as it sorts: those before `shop` are considered before it. */
const cases: Readonly<Record<string, readonly (readonly [string, Partial<ConflictInput>])[]>> = {
  "the name of a stack": [
    ["is another source's by the inventory", { inventory: [aService("shop", "git:/b")] }],
    ["is its own by the inventory", { inventory: [aService("shop", source)] }],
    ["is another one's than that of another source", { inventory: [aService("blog", "git:/b")] }],
    ["comes from two sources", { desired: both(at(web(), { name: 2 }), web(), ["git:/a", "git:/b"]) }],
    ["comes from two folders of one source", { desired: both(web(), web(), ["git:/a", "git:/a"]) }],
    ["beside another one", { desired: desire(aStack("blog", { site: {} }), web()) }],
  ],
  "a published port": [
    [
      "that a stack before it wants, of a place in the file",
      {
        desired: desire(
          aStack("blog", { a: {}, site: { port: 80 } }),
          at(web(80), { "services.web.ports[0]": 7 }),
        ),
      },
    ],
    [
      "of a place of all ports in the file",
      { desired: desire(aStack("blog", { site: { port: 80 } }), at(web(80), { "services.web.ports": 6 })) },
    ],
    ["of no place in the file", { desired: desire(aStack("blog", { site: { port: 80 } }), at(web(80), {})) }],
    ["that a stack after it wants", { desired: desire(web(80), aStack("zoo", { site: { port: 80 } })) }],
    ["that a program listens on", { desired: desire(web(80)), listeners: [listener(80)] }],
    ["beside one that a program listens on", { desired: desire(web(80)), listeners: [listener(81)] }],
    ["that a stack has which nobody plans", { desired: desire(web(80)), observed: behind(80, "foreign") }],
    ["beside one that such a stack has", { desired: desire(web(80)), observed: behind(81, "foreign") }],
    [
      "that a stack has which is planned",
      { desired: desire(web(80), aStack("zoo", { site: {} })), observed: behind(80, "zoo") },
    ],
    [
      "that a stack has which goes",
      { desired: { ...desire(web(80)), absent: [stackName("foreign")] }, observed: behind(80, "foreign") },
    ],
    [
      "that a container unknown to us has",
      { desired: desire(web(80)), observed: { ...behind(80, "foreign"), containers: [] } },
    ],
    [
      "that is its own, though a program listens",
      { desired: desire(web(80)), observed: behind(80, "shop"), listeners: [listener(80)] },
    ],
    ["that was left to us, and none is free", { desired: desire(choosing(web(80))) }],
  ],
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
  "a namespace of a container of another stack": [
    ["that is not there", { desired: desire(sharing("net-vpn-2")) }],
    ["that runs", { desired: desire(sharing("net-vpn-2")), observed: vpns("running") }],
    ["that has ended", { desired: desire(sharing("net-vpn-2")), observed: vpns("exited") }],
    [
      "that is taken away",
      { desired: { ...desire(sharing("net-vpn-2")), absent: [stackName("net")] }, observed: vpns("running") },
    ],
    ["that is to come", { desired: desire(sharing("net-vpn-2"), vpn(2)) }],
    [
      "that is to come with others that are there",
      { desired: desire(sharing("net-vpn-3"), vpn(3)), observed: vpns("running") },
    ],
    [
      "that is to come, of which others have the places",
      { desired: desire(sharing("net-vpn-1"), vpn(2)), observed: vpns("running", 2, 3) },
    ],
    [
      "that has ended, and is planned",
      { desired: desire(sharing("net-vpn-2"), vpn(2)), observed: vpns("exited") },
    ],
    ["that a service of another name would have", { desired: desire(sharing("net-vpn-3"), vpn(2)) }],
    ["of processes", { desired: desire(sharing("net-vpn-2", "pid")) }],
    ["of messages", { desired: desire(sharing("net-vpn-2", "ipc")) }],
    [
      "of a place in the file",
      { desired: desire(at(sharing("net-vpn-2"), { "services.web.network_mode": 8 })) },
    ],
  ],
};

it("conflicts are told with their place, their reason, and what to do", async () => {
  const text = Object.entries(cases).map(([what, rows]) => {
    const told = rows.map(([which, changes]) => `${which}\n${toldOf(changes)}`);
    return `# ${what}\n\n${told.join("\n")}`;
  });
  await expect(text.join("\n")).toMatchFileSnapshot("golden/conflicts.txt");
});

it("what is left has the stacks without conflicts, and prunes of no source that has one", () => {
  const [a, b] = [sourceId("git:/a"), sourceId("git:/b")];
  const desired = {
    stacks: [on("blog", own("edge")), on("shop", own("edge"))].map((stack, index) => ({
      ...{ stack, source: index === 0 ? a : b, revision: desire(stack).stacks[0]?.revision ?? ("" as never) },
    })),
    absent: [],
    complete: [a, b],
  };
  const input = { desired, observed: emptyWorld, inventory: [], listeners: [] };
  const left = withoutConflicts(desired, findConflicts(input));
  expect(left.stacks.map(({ stack }) => stack.name)).toEqual(["blog"]);
  expect(left.complete).toEqual([a]);
});

function toldOf(changes: Partial<ConflictInput>): string {
  const input = {
    desired: desire(web()),
    observed: emptyWorld,
    inventory: [],
    listeners: [],
    addressing: host,
  };
  const conflicts = findConflicts({ ...input, ...changes });
  if (conflicts.length === 0) return "    fine\n";
  return conflicts
    .map(({ stack, diagnostic: { severity, code, path, place, message, hint } }) => {
      const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
      return `    ${severity} ${code} of ${stack}: ${path}${where}\n    ${message}\n    ${hint}\n`;
    })
    .join("\n");
}
