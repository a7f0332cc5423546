/** What our networks do now, for whoever has no lock. */
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { readAddresses } from "./attachment-record.ts";
import { nothingPublished, withCurrent } from "./published.ts";
import { recordedAddresses } from "./route-addresses.ts";
import { Table } from "./table.ts";
import type { NetworkReader } from "./types.ts";

export function openNetworkReader(
  paths: RuntimePaths,
  instance: Instance,
  table = new Table(instance),
): NetworkReader {
  return {
    addressesOf: async (id) => (await readAddresses(paths, id)) ?? [],
    routes: async () => {
      const published = (await table.read()) ?? nothingPublished;
      return withCurrent(published, await recordedAddresses(paths, [...published.addresses.keys()])).routes;
    },
  };
}
