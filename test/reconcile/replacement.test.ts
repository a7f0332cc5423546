/** What a plan tells as a part of a replacement. */
import { expect, it } from "vitest";
import { containerId, serviceName, specHash, stackName } from "../../src/model/ids.ts";
import type { Cause, Operation } from "../../src/reconcile/operation.ts";
import { replacementsIn } from "../../src/reconcile/plan/replacement.ts";
import { aStack, digestOf } from "./build.ts";

const hash = specHash(`h1:${"0".repeat(64)}`);
const changed: Cause = { kind: "spec-changed", from: hash };
const failed: Cause = { kind: "rollout-failed" };

function one(
  kind: "create" | "start" | "stop" | "remove",
  slot: number,
  cause: Cause,
  stack = "shop",
): Operation {
  const [web] = aStack("shop", { web: {} }).services;
  if (web === undefined) throw new Error("it has one");
  return {
    ...{ kind, stack: stackName(stack), cause, after: [] },
    container: { id: containerId("0123456789ab"), service: serviceName("web"), slot },
    ...{ specHash: hash, image: digestOf("web"), spec: web.container },
    ...{ ports: [], restart: web.restart, source: web.source },
  };
}

/** A way back that makes a container in the first slot alone. */
const isPart = replacementsIn({
  operations: [
    one("create", 1, changed),
    one("create", 2, { kind: "replica-missing" }),
    one("remove", 3, changed),
    one("stop", 4, failed),
  ].map((operation, index) => ({ number: index + 1, operation, after: [] })),
});

it.each<[string, Operation, boolean]>([
  ["what goes because its spec changed", one("stop", 9, changed), true],
  ["what goes on the way back, where another one is made", one("remove", 1, failed), true],
  ["what is started again there", one("start", 1, failed), false],
  ["what goes where one is made that was missing", one("remove", 2, failed), false],
  ["what goes where another one only went, too", one("remove", 3, failed), false],
  ["what goes where nothing is made", one("remove", 4, failed), false],
  ["what goes in the same slot of another stack", one("remove", 1, failed, "zoo"), false],
  ["an image", { kind: "pull", stack: stackName("shop"), reference: "web", cause: failed, after: [] }, false],
])("%s", (_, operation, wanted) => expect(isPart(operation)).toBe(wanted));
