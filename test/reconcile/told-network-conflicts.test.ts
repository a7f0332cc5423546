/** Every conflict about networks, but those that have containers, as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { desire } from "./build.ts";
import { host, joined, made, member, on, own, publishing, subnet, textOf, with_ } from "./conflict-words.ts";

const onLink = (parent: string) => ({ driver: "macvlan", options: { parent } });

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
    ...(["suspended", "paused"] as const).map(
      (how) =>
        [
          `and is made by another stack, which is ${how}`,
          {
            desired: {
              ...desire(),
              stacks: [
                ...desire(on("shop", { key: "own", name: "edge" })).stacks,
                ...desire(on("zoo", own("edge"))).stacks.map((each) => ({
                  ...each,
                  [how]: { by: "alice", since: 0 },
                })),
              ],
            },
          },
        ] as const,
    ),
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
    ["with one on a link", { desired: desire(on("shop", own("edge", onLink("eth0")))) }],
    [
      "with one on a link that the host has not",
      { desired: desire(on("shop", own("edge", onLink("eth77")))) },
    ],
    ["with one on a link that is misspelt", { desired: desire(on("shop", own("edge", onLink("eht0")))) }],
    [
      "with one on a link that containers had",
      {
        desired: desire(on("shop", own("edge", onLink("eth77")))),
        observed: joined(made("edge", { spec: onLink("eth77") })),
      },
    ],
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
};

it("conflicts about networks are told with their place, their reason, and what to do", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/network-conflicts.txt");
});
