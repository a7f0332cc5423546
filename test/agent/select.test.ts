import { describe, expect, test } from "vitest";
import type { Replica } from "../../src/agent/replica.ts";
import { selectReplica, selectReplicas } from "../../src/agent/select.ts";
import { containerId, digest, serviceName, stackName } from "../../src/model/ids.ts";

const replica = (id: string, place: string, state: Replica["state"] = "running"): Replica => {
  const [stack = "", service = "", slot = ""] = place.split(" ");
  return {
    id: containerId(id.padEnd(12, "0")),
    name: `${stack}-${service}-${slot}`,
    stack: stackName(stack),
    service: serviceName(service),
    slot: Number(slot),
    labels: {},
    state,
    monitored: true,
    paused: false,
    image: { reference: "i", digest: digest(`sha256:${"0".repeat(64)}`) },
    createdAt: 0,
    stopped: false,
    oomKilled: false,
    restarts: 0,
    restartStreak: 0,
    addresses: [],
    networks: [],
  };
};
const replicas = [
  replica("aaaa1", "shop web 1", "exited"),
  replica("aaaa2", "shop web 2"),
  replica("aaaa3", "shop web 3"),
  replica("bbbb", "shop db 1"),
  replica("cccc", "blog web 1"),
];
const ids = (found: readonly Replica[]): readonly string[] => found.map(({ id }) => id.replace(/0+$/, ""));

describe("a name", () => {
  test.each([
    ["shop", ["aaaa1", "aaaa2", "aaaa3", "bbbb"]],
    ["shop/web", ["aaaa1", "aaaa2", "aaaa3"]],
    ["shop-web-2", ["aaaa2"]],
    ["aaaa", ["aaaa1", "aaaa2", "aaaa3"]],
  ])("%s stands for %j", (name, expected) => {
    expect(ids(selectReplicas(replicas, [name]))).toEqual(expected);
  });

  test.each([
    ["shop/web", undefined, "aaaa2"],
    ["shop/web", 1, "aaaa1"],
    ["shop/web", 3, "aaaa3"],
    ["shop-web-1", undefined, "aaaa1"],
    ["blog", undefined, "cccc"],
    ["bbbb", undefined, "bbbb"],
  ])("%s with index %s is one replica, if it can one that runs", (name, index, expected) => {
    expect(ids([selectReplica(replicas, name, { index })])).toEqual([expected]);
  });

  test.each([
    ["shop", undefined, "AMBIGUOUS_NAME"],
    ["shop/web", 4, "NO_SUCH_CONTAINER"],
    ["nope", undefined, "NO_SUCH_CONTAINER"],
  ])("%s with index %s is no one replica: %s", (name, index, code) => {
    expect(() => selectReplica(replicas, name, { index })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });
});
