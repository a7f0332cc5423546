import type { NetworkSpec } from "../../src/model/network.ts";

/** A bridge of which its file says nothing else. */
export function aNetworkSpec(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  return {
    ...{ name, driver: "bridge", options: {}, internal: false, ipv6: false, pools: [], labels: {} },
    ...changes,
  };
}
