import { expect, test } from "vitest";
import { unwantedPulls } from "../../src/agent/unwanted-pulls.ts";
import type { MissingPart } from "../../src/model/rollout.ts";
import { stackName } from "../../src/model/ids.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { aStart } from "./a-start.ts";

const pull = (reference: string): Operation => ({
  ...{ kind: "pull", stack: stackName("shop"), reference, cause: { kind: "image-needed" }, after: [] },
});
const missing = (kind: MissingPart["kind"], name: string): { readonly missing: readonly MissingPart[] } => ({
  missing: [{ kind, name }],
});

test.each<[string, Parameters<typeof unwantedPulls>[1], readonly string[]]>([
  ["no stack lacks their images", [{}, { missing: [] }], ["web:1", "db:1"]],
  ["a stack lacks something else of that name", [missing("volume", "web:1")], ["web:1", "db:1"]],
  ["a stack lacks one of them", [{}, missing("image", "web:1")], ["db:1"]],
  ["each is lacked by some stack", [missing("image", "db:1"), missing("image", "web:1")], []],
])("of pulls that are under way, where %s, these are not wanted: %j", (_, rollouts, expected) => {
  const inFlight = [pull("web:1"), aStart({ slot: 1 }), pull("db:1")];
  expect(unwantedPulls(inFlight, rollouts).map(({ reference }) => reference)).toEqual(expected);
});
