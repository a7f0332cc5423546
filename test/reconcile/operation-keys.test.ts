/** What keeps two operations from running twice, or at the same time. */
import { expect, it, test } from "vitest";
import { containerId, serviceName } from "../../src/model/ids.ts";
import { keyOf, streakOf, type Operation } from "../../src/reconcile/operation.ts";
import { aStack } from "./build.ts";

const stack = aStack("shop", { web: { networks: ["front"] } });
const [network] = stack.networks;
const container = { id: containerId("0123456789ab"), service: serviceName("web"), slot: 1 };
const common = { stack: stack.name, after: [] };

test.each<[string, Operation]>([
  ["pull busybox:1", { ...common, kind: "pull", reference: "busybox:1", cause: { kind: "image-needed" } }],
  [
    "create-volume data",
    { ...common, kind: "create-volume", volume: "data", cause: { kind: "volume-needed" } },
  ],
  [
    "create-network shop_front",
    {
      ...{ ...common, kind: "create-network", cause: { kind: "network-needed" } },
      network: network?.spec ?? ("" as never),
    },
  ],
  [
    "remove-network shop_front",
    {
      ...{ ...common, kind: "remove-network", cause: { kind: "network-left" } },
      network: { name: "shop_front" },
    },
  ],
  ["start 0123456789ab", { ...common, kind: "start", container, cause: { kind: "created" } }],
  ["stop 0123456789ab", { ...common, kind: "stop", container, cause: { kind: "service-left" } }],
])("%s", (key, operation) => {
  expect(keyOf(operation)).toBe(key);
});

const cause = { kind: "exited", exitCode: 1 } as const;

it("counts how often in a row what has ended is started, and nothing else", () => {
  expect(streakOf({ ...common, kind: "start", container, cause, restartStreak: 3 })).toBe(3);
  expect(streakOf({ ...common, kind: "start", container, cause })).toBe(0);
  const stop = { ...common, kind: "stop", container, cause, restartStreak: 3 } as const;
  expect(streakOf(stop)).toBe(0);
});
