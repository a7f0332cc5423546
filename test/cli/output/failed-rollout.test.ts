import { expect, it } from "vitest";
import { failedRolloutText } from "../../../src/cli/output/failed-rollout.ts";
import { revisionId, sourceId, stackName } from "../../../src/model/ids.ts";
import type { Rollout } from "../../../src/model/rollout.ts";
import { aStack } from "../../reconcile/build.ts";

const failed: Rollout = {
  stack: stackName("shop"),
  source: sourceId("dir:/stacks"),
  revision: revisionId("0123456789ab"),
  phase: "failed",
  images: {},
  attempts: 1,
  startedAt: 0,
  replaced: [],
  failure: { operation: "start x", message: "it \u001b[2Jended", hint: "See its log." },
};
const good = { revision: failed.revision, stack: aStack("shop", {}), images: {} };

it.each([
  ["tries it again", failed, ""],
  [
    "tries it again, and what takes it back",
    { ...failed, good },
    ", and `tallyman rollout undo shop` takes it back",
  ],
])("where a rollout is held, it says what %s", (_, rollout, more) => {
  expect(
    failedRolloutText(rollout, (_tone, text) => text).replaceAll(/`\S+\/?tallyman /g, "`tallyman "),
  ).toBe(
    `held: stack shop: revision 0123456789ab is held: it ?[2Jended
  See its log.
  \`tallyman reconcile\` tries it again${more}.
`,
  );
});
