import { expect, test } from "vitest";
import { unusedNetworks } from "../../src/agent/unused-networks.ts";
import { containerId, digest, stackName } from "../../src/model/ids.ts";
import type { NetworkRecord } from "../../src/runtime/network/network-record.ts";
import type { ContainerStatus } from "../../src/runtime/types.ts";
import { aNetworkSpec } from "../support/network-spec.ts";

function network(name: string, stack?: string): NetworkRecord {
  const labels: Record<string, string> = stack === undefined ? {} : { "tallyman.stack": stack };
  return { spec: aNetworkSpec(name), labels, bridge: "tallyman0", subnet: "10.89.0.0/24", createdAt: 0 };
}

function container(labels: Readonly<Record<string, string>>, on: readonly string[] = []): ContainerStatus {
  return {
    id: containerId("111111111111"),
    name: "blog-app-1",
    labels,
    state: "running",
    monitored: true,
    paused: false,
    image: { reference: "app", digest: digest(`sha256:${"0".repeat(64)}`) },
    createdAt: 0,
    stopped: false,
    oomKilled: false,
    restarts: 0,
    restartStreak: 0,
    addresses: [],
    networks: on.map((name) => ({ network: name, interfaceName: "eth0", addresses: [], joined: true })),
  };
}

const blog = {
  "tallyman.stack": "blog",
  "tallyman.service": "app",
  "tallyman.slot": "1",
  "tallyman.spec-hash": `h1:${"0".repeat(64)}`,
};
const unused = (
  networks: readonly NetworkRecord[],
  containers: readonly ContainerStatus[] = [],
  stacks: readonly string[] = [],
): readonly string[] =>
  unusedNetworks({ networks, containers, stacks: stacks.map(stackName) }).map(({ spec }) => spec.name);

test("a network whose stack is gone goes when the last container of another stack has left it", () => {
  expect(unused([network("edge", "shop")], [container(blog, ["edge"])])).toEqual([]);
  expect(unused([network("edge", "shop")], [container({ ...blog, "tallyman.networks": "edge" })])).toEqual(
    [],
  );
  expect(unused([network("edge", "shop")], [container(blog, ["other"])])).toEqual(["edge"]);
});

test("a network of a stack that is kept stays, whoever is on it", () => {
  expect(unused([network("edge", "shop")], [], ["shop"])).toEqual([]);
  expect(unused([network("edge", "blog")], [container(blog)])).toEqual([]);
});

test("a network that no stack made goes when nobody is on it", () => {
  expect(unused([network("old")])).toEqual(["old"]);
});
