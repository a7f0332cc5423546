/** By which address a container receives what is sent to its published ports: the first that it has. */
import { TallymanError } from "../../model/error.ts";
import { familyOf, isIPv6Address } from "../../model/host-address.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import { isBridgeDriver } from "../../model/network.ts";
import { isEverywhere, type Route } from "../../model/route.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment } from "./attachment-record.ts";
import { networkRecord } from "./network-record.ts";
import { keyOf, type Published } from "./published.ts";

/** Of those that are attached and have one of that family where what comes to the host gets in, the first address. */
export async function recordedAddresses(
  paths: RuntimePaths,
  ids: readonly ContainerId[],
  family: Family = 4,
): Promise<ReadonlyMap<ContainerId, string>> {
  const found = await Promise.all(
    ids.map(async (id): Promise<readonly (readonly [ContainerId, string])[]> => {
      const attached = (await readAttachment(paths, id)) ?? [];
      const receiving =
        family === 4 ? attached : attached.filter(({ network }) => receivesIPv6(paths, network));
      const address = receiving
        .flatMap(({ addresses }) => addresses)
        .find((each) => familyOf(each) === family);
      return address === undefined ? [] : [[id, address]];
    }),
  );
  return new Map(found.flat());
}

/** Who has IPv6 on others alone is reached by IPv4: a process answers, see the room `ports`. */
function receivesIPv6(paths: RuntimePaths, network: string): boolean {
  const spec = networkRecord(paths, network)?.spec;
  return spec !== undefined && spec.ipv6 && !spec.internal && isBridgeDriver(spec.driver);
}

/**
 * The recorded ones; where /run was emptied under a container, the one that it is published with. Where another has
 * been given that since, it has none, and is out of every route.
 */
export function addressesOf(
  ids: ReadonlySet<ContainerId>,
  recorded: ReadonlyMap<ContainerId, string>,
  published: Published,
): ReadonlyMap<ContainerId, string> {
  const taken = new Set(recorded.values());
  const known = [...ids].flatMap((id): readonly (readonly [ContainerId, string])[] => {
    const address = recorded.get(id) ?? published.addresses.get(id);
    if (address === undefined && published.family === 6) return [];
    if (address === undefined) {
      throw new TallymanError("NOT_ATTACHED", `container ${id} has no address to publish a port of`);
    }
    return recorded.has(id) || !taken.has(address) ? [[id, address]] : [];
  });
  return new Map(known);
}

export interface RouteChange {
  readonly routes: readonly Route[];
  /** Those that the table of IPv4 had before: all that there are. */
  readonly before: readonly Route[];
}

/**
 * What the table of a family does of these routes. Of IPv6, it leads those on who are behind a port by that; where
 * nobody is, a process answers, see the room `ports`. A port that is of IPv4 alone by now leads nobody on by IPv6.
 */
export function routesOf(
  family: Family,
  { routes, before }: RouteChange,
  addresses: ReadonlyMap<ContainerId, string>,
): readonly Route[] {
  if (family === 4) return routes;
  const led = routes.flatMap((route): readonly Route[] => {
    if (!isEverywhere(route) && !isIPv6Address(route.hostAddress)) return [];
    const backends = route.backends.filter(({ containerId }) => addresses.has(containerId));
    return [{ ...route, hostAddress: isEverywhere(route) ? "::" : route.hostAddress, backends }];
  });
  const narrow = new Set(routes.filter(({ ipv4Only }) => ipv4Only === true).map(keyOf));
  const gone = before
    .filter((route) => isEverywhere(route) && narrow.has(keyOf(route)))
    .map((route): Route => ({ ...route, hostAddress: "::", backends: [] }));
  const kept = new Set(led.map(keyOf));
  return [...gone.filter((route) => !kept.has(keyOf(route))), ...led];
}
