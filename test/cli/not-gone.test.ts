import { expect, it } from "vitest";
import { notGone } from "../../src/cli/commands/not-gone.ts";
import { stackName } from "../../src/model/ids.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import type { ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStranger } from "../reconcile/build.ts";

const shop = stackName("shop");
const web: ObservedContainer = { ...aStranger(), stack: shop };

it.each<[string, readonly ObservedContainer[], readonly Outcome[], readonly string[]]>([
  ["nothing, where nothing is", [], [], []],
  ["a container that is still there", [web], [removed("front")], ["shop-db-1"]],
  ["nothing, where a container could not be removed at first", [], [failed(remove()), done(remove())], []],
  ["nothing, where a container that could not be removed is gone all the same", [], [failed(remove())], []],
  ["a network that stays", [], [removed("front"), stays("back")], ["network back"]],
  ["nothing, where a network could be removed in the end", [], [stays("front"), removed("front")], []],
  ["a network once, however often that was tried", [], [stays("front"), stays("front")], ["network front"]],
  ["all of it, containers first", [web], [stays("front")], ["shop-db-1", "network front"]],
  ["nothing of other stacks", [aStranger()], [], []],
])("down has left %s", (_, containers, outcomes, left) => {
  expect(notGone({ absent: [shop], containers, outcomes })).toEqual(left);
});

function removed(network: string): Outcome {
  return done(removeNetwork(network));
}

function stays(network: string): Outcome {
  return failed(removeNetwork(network));
}

function done(operation: Operation): Outcome {
  return { operation, result: { kind: "done" } };
}

function failed(operation: Operation): Outcome {
  return { operation, result: { kind: "failed", message: "it is busy" } };
}

function removeNetwork(name: string): Operation {
  return {
    kind: "remove-network",
    stack: shop,
    network: { name },
    cause: { kind: "stack-removed" },
    after: [],
  };
}

function remove(): Operation {
  const { id, service, slot } = web;
  return {
    kind: "remove",
    stack: shop,
    container: { id, service, slot },
    cause: { kind: "stack-removed" },
    after: [],
  };
}
