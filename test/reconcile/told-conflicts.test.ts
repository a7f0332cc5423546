/** Every conflict as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import { sourceId, stackName } from "../../src/model/ids.ts";
import { findConflicts, withoutConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStack, desire, emptyWorld, source } from "./build.ts";
import {
  aService,
  at,
  behind,
  both,
  choosing,
  listener,
  on,
  own,
  sharing,
  textOf,
  vpn,
  vpns,
  web,
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
    [
      "that a stack has which its source has no more",
      {
        desired: desire(web(80)),
        observed: behind(80, "foreign"),
        inventory: [aService("blog", source), aService("foreign", source)],
      },
    ],
    [
      "that a stack has which its source may have",
      {
        desired: { ...desire(web(80)), complete: [] },
        observed: behind(80, "foreign"),
        inventory: [aService("foreign", source)],
      },
    ],
    [
      "that a stack of another source has",
      {
        desired: desire(web(80)),
        observed: behind(80, "foreign"),
        inventory: [aService("blog", source), aService("foreign", "git:/b")],
      },
    ],
    ["beside one that such a stack has", { desired: desire(web(80)), observed: behind(81, "foreign") }],
    [
      "that a stack has which is planned",
      { desired: desire(web(80), aStack("zoo", { site: {} })), observed: behind(80, "zoo") },
    ],
    [
      "that a stack of its source has which is planned, and wants it",
      {
        desired: desire(web(80), aStack("zoo", { site: { port: 80 } })),
        observed: behind(80, "zoo"),
        inventory: [aService("zoo", source)],
      },
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
  await expect(textOf(cases)).toMatchFileSnapshot("golden/conflicts.txt");
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
  const input = { desired, observed: emptyWorld, inventory: [], rollouts: [], listeners: [] };
  const left = withoutConflicts(desired, findConflicts(input));
  expect(left.stacks.map(({ stack }) => stack.name)).toEqual(["blog"]);
  expect(left.complete).toEqual([a]);
});
