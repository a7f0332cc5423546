import { expect, test } from "vitest";
import { namesOfStacks } from "../../src/agent/names-of-stacks.ts";
import { revisionId, stackName } from "../../src/model/ids.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, source } from "../reconcile/build.ts";

function wanting(stacks: readonly Stack[], absent: readonly string[] = []): Desired {
  const revision = revisionId("0123456789ab");
  return {
    stacks: stacks.map((stack) => ({ stack, source, revision })),
    absent: absent.map(stackName),
    complete: [],
  };
}

test("a stack has the names of its services with itself, of whichever revision, and what is to go has none", () => {
  const written = wanting([aStack("app", { web: {}, asleep: { replicas: 0 } })], ["old"]);
  const inForce = wanting([aStack("app", { web: {}, before: {} })]);

  expect(Object.fromEntries(namesOfStacks([written, inForce]))).toEqual({
    app: ["asleep.app", "tasks.asleep.app", "web.app", "tasks.web.app", "before.app", "tasks.before.app"],
    old: [],
  });
});
