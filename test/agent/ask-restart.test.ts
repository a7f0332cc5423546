/** What a restart is of, and when nothing would come of it. */
import { describe, expect, it } from "vitest";
import { askRestart } from "../../src/agent/ask-restart.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { hashStack } from "../../src/model/spec-hash.ts";
import { aStack, now, source } from "../reconcile/build.ts";

const shop = stackName("shop");
const stack = aStack("shop", { api: {}, seed: { job: true }, web: {} });
const good = { revision: hashStack(stack), stack, images: {} };
const at = { stack: shop, at: now };

describe("of a stack that", () => {
  const back = { good, takenBack: ["api", "seed", "site"].map(serviceName) };
  it.each<[string, string, string, Rollout["phase"], Partial<Rollout>]>([
    ["is done", "api", "newest", "done", { good }],
    ["rolls", "api", "newest", "rolling", { good }],
    ["has gone back", "api", "good", "rolled-back", { good }],
    ["has gone back", "all", "good", "rolled-back", { good }],
    ["rolls, and was taken back in part,", "api", "good", "rolling", back],
    ["rolls, and was taken back in part,", "all", "good", "rolling", back],
    ["is watched, and was taken back in part,", "api", "good", "watching", back],
  ])("%s it is asked for %s of the %s revision", (_, service, expected, phase, known) => {
    const asked = { ...at, ...(service !== "all" && { service: serviceName(service) }) };
    const { inForce } = askRestart(asked, [aRollout(phase, known)]);
    expect(inForce === undefined ? "newest" : "good").toBe(expected);
  });

  it.each<[string, string, string, Rollout["phase"], Partial<Rollout>]>([
    ["has gone back", "seed", "for which it has done its work", "rolled-back", { good }],
    ["has gone back", "site", "which does not have it", "rolled-back", { good }],
    ["was taken back in part", "seed", "for which it has done its work", "rolling", back],
    ["was taken back in part", "site", "which does not have it", "rolling", back],
  ])("%s it is refused of %s, since that went back to one %s", (_, service, why, phase, known) => {
    expect(() => askRestart({ ...at, service: serviceName(service) }, [aRollout(phase, known)])).toThrow(
      `shop/${service} has gone back to ${good.revision}, ${why}`,
    );
  });

  it("stands halfway, it is refused", () => {
    expect(() => askRestart(at, [aRollout("failed", back)])).toThrow("has failed to change");
  });
});

it("a job of what goes on to the new revision is done again", () => {
  const known = { good, takenBack: [serviceName("api")] };
  const asked = { ...at, service: serviceName("seed") };
  expect(askRestart(asked, [aRollout("rolling", known)])).toMatchObject(asked);
});

function aRollout(phase: Rollout["phase"], known: Partial<Rollout>): Rollout {
  const revision = revisionId("0123456789ab");
  const rest = { stack: shop, source, revision, images: {}, attempts: 1, startedAt: now, replaced: [] };
  return { ...rest, phase, ...known };
}
