import { expect, it } from "vitest";
import { goneBackText } from "../../../src/cli/output/gone-back.ts";
import { revisionId, sourceId, stackName } from "../../../src/model/ids.ts";
import type { Rollout } from "../../../src/model/rollout.ts";
import { aStack, digestOf } from "../../reconcile/build.ts";

const rollout: Rollout = {
  stack: stackName("shop"),
  source: sourceId("dir:/stacks"),
  revision: revisionId("0123456789ab"),
  phase: "rolled-back",
  images: {},
  attempts: 1,
  startedAt: 0,
  replaced: [],
  failure: { operation: "start x", message: "it ended", hint: "See its log." },
  good: { revision: revisionId("ba9876543210"), stack: aStack("shop", {}), images: {} },
};

it("what it had written to volumes is said to stay, of services that it had changed", () => {
  const images = { "busybox:1": digestOf("busybox:1"), "busybox:2": digestOf("busybox:2") };
  const before = aStack("shop", { db: { volume: "shop_data" }, log: { volume: "shop_log" } });
  const failed = aStack("shop", {
    db: { volume: "shop_data", image: "busybox:2" },
    log: { volume: "shop_log" },
  });
  const good = { revision: revisionId("ba9876543210"), stack: before, images };
  const context = { paint: (_tone: unknown, text: string) => text, isLogKept: false, failed };
  expect(goneBackText({ ...rollout, images, good }, context)).toContain(
    "  Volumes do not roll back, and stay as they are: shop_data (db)\n",
  );
});

it.each([
  ["where something of it is kept", true, "  What it wrote: tallyman logs --failed shop\n"],
  ["only then", false, ""],
])("what a revision that went back had written is pointed to %s", (_, isLogKept, line) => {
  const said = goneBackText(rollout, { paint: (_tone, text) => text, isLogKept });
  expect(said.replaceAll(/\S+\/tallyman /g, "tallyman ")).toBe(
    `rolled back: stack shop: revision 0123456789ab was rolled back to ba9876543210: it ended
  See its log.
${line}  The next revision is tried by itself; this one with reconcile --retry.
`,
  );
});
