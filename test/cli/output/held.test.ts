import { expect, it } from "vitest";
import type { HeldBack } from "../../../src/agent/held-back.ts";
import { heldBackJson, heldBackText } from "../../../src/cli/output/held.ts";
import { revisionId, serviceName, stackName } from "../../../src/model/ids.ts";

const stack = stackName("shop");
const service = serviceName("web");
const since = Date.parse("2026-01-31T12:00:00Z");
const until = Date.parse("2026-01-31T14:00:00Z");

const heldBack: HeldBack = {
  holds: [
    { kind: "suspend", stack, by: "alice", since, until, reason: "the \u001b[2Jdatabase is moved" },
    { kind: "stop", stack, service, by: "bob", since },
  ],
  scales: [
    { stack, service, replicas: 5, revision: revisionId("0123456789ab"), until },
    { stack, service: serviceName("api"), replicas: 1, revision: revisionId("0123456789ab") },
  ],
  canaries: [
    { stack, service },
    { stack, service: serviceName("api"), until },
  ],
};

it("what keeps a stack from what its files say is a line each", () => {
  expect(heldBackText(heldBack, (_tone, text) => text).replaceAll(/`\S+\/?tallyman /g, "`tallyman ")).toBe(
    `suspended: stack shop by alice since 2026-01-31T12:00:00Z until 2026-01-31T14:00:00Z: the ?[2Jdatabase is moved
stopped: shop/web by bob since 2026-01-31T12:00:00Z
scaled: shop/web to 5 replicas until 2026-01-31T14:00:00Z; \`tallyman scale --reset shop/web\` takes that back
scaled: shop/api to 1 replica; \`tallyman scale --reset shop/api\` takes that back
waits: shop/web after its first new replicas; \`tallyman rollout promote shop/web\` lets it go on
waits: shop/api after its first new replicas until 2026-01-31T14:00:00Z; \`tallyman rollout promote shop/api\` lets it go on at once
`,
  );
});

it("what keeps a stack from what its files say is a list for programs, with null for what was not said", () => {
  const nothing = { by: null, since: null, until: null, reason: null, replicas: null };
  expect(
    heldBackJson({ ...heldBack, holds: heldBack.holds.slice(1), scales: heldBack.scales.slice(0, 1) }),
  ).toEqual([
    { ...nothing, kind: "stop", stack: "shop", service: "web", by: "bob", since: "2026-01-31T12:00:00Z" },
    { ...nothing, kind: "scale", stack: "shop", service: "web", replicas: 5, until: "2026-01-31T14:00:00Z" },
    { ...nothing, kind: "canary", stack: "shop", service: "web" },
    { ...nothing, kind: "canary", stack: "shop", service: "api", until: "2026-01-31T14:00:00Z" },
  ]);
});
