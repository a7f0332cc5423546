import { expect, it } from "vitest";
import { notGone, staysForOthers } from "../../src/cli/commands/not-gone.ts";
import { stackName } from "../../src/model/ids.ts";
import type { ObservedContainer, ObservedNetwork } from "../../src/reconcile/types.ts";
import { aStranger } from "../reconcile/build.ts";
import { aNetworkSpec } from "../support/network-spec.ts";

const shop = stackName("shop");
const web: ObservedContainer = { ...aStranger(), stack: shop, networks: ["edge"] };
const stranger = aStranger();

it.each<[string, readonly ObservedContainer[], readonly ObservedNetwork[], readonly string[]]>([
  ["nothing, where nothing is", [], [], []],
  ["a container that is still there", [web], [], ["shop-db-1"]],
  ["a network that nobody is on", [stranger], [network("edge")], ["network edge"]],
  ["both, where both are there", [web], [network("edge")], ["shop-db-1", "network edge"]],
  ["no network that another stack is on", [{ ...stranger, networks: ["edge"] }], [network("edge")], []],
  ["nothing of other stacks", [stranger], [network("edge", "foreign"), network("bridge", null)], []],
])("down has left %s", (_, containers, networks, left) => {
  expect(notGone([shop], { containers, networks })).toEqual(left);
});

it.each<[string, readonly string[], readonly string[]]>([
  ["nothing, where nobody else is on it", ["shop"], []],
  ["who is on it", ["blog"], ["Network edge stays: stack blog is on it; it goes with that one."]],
  [
    "all who are on it, each once",
    ["zoo", "shop", "blog", "zoo"],
    ["Network edge stays: stacks blog, zoo are on it; it goes with the last."],
  ],
])("of a network that stays, down says %s", (_, users, lines) => {
  const containers = users.map((name) => ({ ...web, stack: stackName(name) }));
  const networks = [network("edge"), network("quiet"), network("theirs", "blog")];
  expect(staysForOthers([shop], { containers: [...containers, stranger], networks })).toEqual(lines);
});

function network(name: string, stack: string | null = "shop"): ObservedNetwork {
  return {
    spec: aNetworkSpec(name),
    subnet: "10.9.0.0/24",
    ...(stack !== null && { stack: stackName(stack) }),
  };
}
