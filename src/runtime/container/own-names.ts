/** What a container alone is called on its networks: as in Docker, also by its short id and its host name. Pure. */
import type { ContainerNetwork } from "../../model/network.ts";
import type { ContainerRecord } from "./record.ts";

/**
 * Not what its service is called there: that leads to whichever replica is ready. A one-off container has the host name
 * of a service that it does not serve for.
 */
export function ownNames({
  id,
  oneOff,
  spec: { hostname, networks = [] },
  naming: { names, service } = { names: [] },
}: Pick<ContainerRecord, "id" | "naming" | "oneOff"> & {
  readonly spec: { readonly hostname?: string; readonly networks?: readonly ContainerNetwork[] };
}): readonly string[] {
  const shared =
    service === undefined ? [] : [...service.names, ...networks.flatMap(({ aliases }) => aliases)];
  const all = [...names, id.slice(0, 12), ...(hostname === undefined || oneOff ? [] : [hostname])];
  return [...new Set(all)].filter((name) => !shared.includes(name));
}
