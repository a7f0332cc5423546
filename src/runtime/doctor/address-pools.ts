/** Whether there are subnets for networks, and whether the host's routes have come to meet those that there are. */
import { codeOf } from "../../model/error.ts";
import { defaultNetwork, isBridgeDriver } from "../../model/network.ts";
import { instanceOf } from "../instance.ts";
import { hostRoutes, type HostRoute } from "../network/bridge.ts";
import { networkRecords } from "../network/network-record.ts";
import { recordedSubnet } from "../network/shared-subnet.ts";
import { freeSubnets, subnetsOverlap, type SubnetPool } from "../network/subnet.ts";
import type { NetworkSettings } from "../settings.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

export async function checkAddressPools(paths: RuntimePaths, { pools }: NetworkSettings): Promise<Check> {
  const records = networkRecords(paths);
  const shared = await recordedSubnet(paths);
  const { bridge } = instanceOf(paths);
  const ours = new Set([bridge, ...records.map((record) => record.bridge)]);
  return judgeAddressPools({
    pools,
    routes: (await readRoutes()).filter(({ link }) => !ours.has(link)),
    networks: [
      ...(shared ? [{ name: defaultNetwork, subnet: shared.cidr }] : []),
      ...records
        .filter(({ spec }) => isBridgeDriver(spec.driver))
        .flatMap(({ spec, subnet, subnet6 }) =>
          [subnet, subnet6 ?? []].flat().map((each) => ({ name: spec.name, subnet: each })),
        ),
    ],
  });
}

export interface PoolFacts {
  readonly pools: readonly SubnetPool[];
  /** Those of the host that do not lead to our bridges. */
  readonly routes: readonly HostRoute[];
  readonly networks: readonly { readonly name: string; readonly subnet: string }[];
}

export function judgeAddressPools({ pools, routes, networks }: PoolFacts): Check {
  const name = "address pools";
  const met = networks.flatMap(({ name: network, subnet }) =>
    routes
      .filter(({ destination }) => subnetsOverlap(subnet, destination))
      .slice(0, 1)
      .map((route) => `network ${network} (${subnet}) overlaps ${routeText(route)}`),
  );
  if (met.length > 0) {
    return {
      name,
      status: "warning",
      detail: `${met.join("; ")}: containers and the host may each reach somebody else`,
      remedy: "Take its stack down and up again: a network that names no subnet then gets another one.",
    };
  }
  const taken = [...routes.map(({ destination }) => destination), ...networks.map(({ subnet }) => subnet)];
  const counts = freeSubnets(pools, taken);
  const free = counts.reduce((sum, count) => sum + count, 0);
  const full = pools.filter((_, index) => counts[index] === 0).map(({ base }) => base);
  const detail = `${free} free ${free === 1 ? "subnet" : "subnets"} in ${pools.map(({ base }) => base).join(", ")}${full.length > 0 && free > 0 ? `; none in ${full.join(", ")}` : ""}`;
  if (free > 0) return { name, status: "ok", detail };
  return {
    name,
    status: "warning",
    detail: `${detail}: no further network can be made`,
    remedy: "Remove networks (`tallyman network prune`), or give more network.pools in the configuration.",
  };
}

function routeText({ destination, link }: HostRoute): string {
  return `the host's route to ${destination}${link === "" ? "" : ` by ${link}`}`;
}

/** None where `ip` is not there, which is a finding of its own elsewhere. */
async function readRoutes(): Promise<readonly HostRoute[]> {
  try {
    return await hostRoutes();
  } catch (error) {
    if (codeOf(error) === "COMMAND_NOT_STARTED") return [];
    throw error;
  }
}
