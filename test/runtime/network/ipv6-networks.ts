/** Networks with IPv6 for one test, in a few words. */
import type { ContainerNetwork, NetworkSpec } from "../../../src/model/network.ts";
import type { Trial } from "./trial.ts";

/** Of a network with IPv6, where nothing else is said. */
export function spec(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  const plain = { driver: "bridge", options: {}, internal: false, ipv6: true, pools: [], labels: {} };
  return { name, ...plain, ...changes };
}

export async function make(trial: Trial, ...specs: readonly NetworkSpec[]): Promise<void> {
  for (const each of specs) await trial.network.createNetwork({ spec: each, labels: {} });
}

export function on(...names: readonly string[]): { networks: readonly ContainerNetwork[] } {
  return { networks: names.map((network) => ({ network, aliases: [] })) };
}
