/** The record of a container that has never been started. */
import { digest, type ContainerId } from "../../src/model/ids.ts";
import type { ContainerRecord } from "../../src/runtime/container/record.ts";
import { aContainerSpec } from "./container-spec.ts";

export function aRecord(id: ContainerId): ContainerRecord {
  return {
    version: 1,
    runtime: { name: "runc", program: "runc" },
    id,
    name: "shop-web-1",
    spec: aContainerSpec({ image: "busybox" }),
    image: digest(`sha256:${"0".repeat(64)}`),
    labels: {},
    createdAt: 1,
    stopSignal: 15,
    isolation: { noNewPrivileges: false },
    removing: false,
    stopped: false,
    addresses: [],
    restarts: 0,
    restartStreak: 0,
  };
}
