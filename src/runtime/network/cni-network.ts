/**
 * Joins a namespace to a network that a CNI configuration of the host describes: its plugins in order, each given the
 * result of the one before, and backwards to leave (CNI specification 1.0, section 3). What was added is recorded first,
 * with the configuration as it was, so that it can be taken away after a crash, a reboot, or a change of that file.
 */
import { messageOf, TallymanError } from "../../model/error.ts";
import type { JsonValue } from "../../model/json.ts";
import type { RuntimePaths } from "../types.ts";
import { cniCall, type CniPlace } from "./cni-call.ts";
import {
  cniConfiguration,
  cniConfigurations,
  hasCapability,
  type CniConfiguration,
} from "./cni-configuration.ts";
import { callPlugin, pluginPath } from "./cni-plugin.ts";
import {
  cniInterfaces,
  cniNetworkNames,
  readCniRecord,
  removeCniRecord,
  writeCniRecord,
  type CniRecord,
} from "./cni-record.ts";
import { addressesIn } from "./cni-result.ts";
import { withoutLength, type CniWish } from "./cni-wish.ts";
import type { HostNetwork } from "./host-network.ts";

/** Its addresses there, among them those of `wish`. Throws NO_CNI_CONFIGURATION, NO_CNI_PLUGINS, NO_PORT_MAPPINGS, CNI_FAILED. */
export async function addToCniNetwork(
  paths: RuntimePaths,
  network: HostNetwork,
  { wish, ...place }: CniPlace & { readonly wish: CniWish },
): Promise<readonly string[]> {
  const { id, interfaceName } = place;
  await deleteFromCniNetwork(paths, network, { id, interfaceName }); // of a namespace that went with the host's last run
  const configuration = cniConfiguration(network.cni ?? "");
  requirePortMappings(configuration, wish);
  for (const plugin of configuration.plugins) pluginPath(cniCall(plugin, { configuration, wish, place }));
  const record = (more: Pick<CniRecord, "result"> = {}): Promise<void> =>
    writeCniRecord(paths, { network, id, interfaceName }, { configuration, wish, ...more });
  await record();
  let result: JsonValue | undefined;
  for (const plugin of configuration.plugins) {
    const call = cniCall(plugin, { configuration, wish, result, place });
    result = JSON.parse(await callPlugin({ ...call, command: "ADD" })) as JsonValue;
  }
  await record({ result });
  return granted(wish, addressesIn(result), configuration);
}

/** Nobody would say that they are not led on. */
function requirePortMappings({ name, file, plugins }: CniConfiguration, { ports }: CniWish): void {
  if (ports === undefined || plugins.some((plugin) => hasCapability(plugin, "portMappings"))) return;
  throw new TallymanError(
    "NO_PORT_MAPPINGS",
    `${file}: no plugin of ${name} has the capability portMappings`,
    {
      hint: 'Add {"type": "portmap", "capabilities": {"portMappings": true}} to its plugins.',
    },
  );
}

/** A plugin that does not know that an address can be asked for gives any. */
function granted(
  { addresses = [] }: CniWish,
  given: readonly string[],
  { name, file }: CniConfiguration,
): readonly string[] {
  const refused = addresses.map(withoutLength).filter((address) => !given.includes(address));
  if (refused.length === 0) return given;
  throw new TallymanError(
    "CNI_FAILED",
    `${file}: the plugins of ${name} give ${given.join(" and ")}, not ${refused.join(" and ")}`,
    { hint: 'Write "capabilities": {"ips": true} for the plugin that gives out addresses, if it has that.' },
  );
}

/** From all that it was added to, whatever its network has become since. Throws CNI_FAILED, when all have been tried. */
export async function deleteFromCniNetworks(
  paths: RuntimePaths,
  container: Pick<CniPlace, "id" | "netnsPath">,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of cniNetworkNames(paths)) {
    for (const interfaceName of cniInterfaces(paths, { id: container.id, network: { name } })) {
      const place = { ...container, interfaceName };
      await deleteFromCniNetwork(paths, { name }, place).catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * No error where it was never added. Where plugins fail, those of the configuration as it is now are tried, too; what
 * still fails is forgotten where the namespace is gone. Throws CNI_FAILED, when all have been called.
 */
export async function deleteFromCniNetwork(
  paths: RuntimePaths,
  network: Pick<HostNetwork, "name">,
  place: CniPlace,
): Promise<void> {
  const record = await readCniRecord(paths, network, place);
  if (record === undefined) return;
  const failure = await failureOfDeleting(record, place);
  if (failure !== undefined && place.netnsPath !== undefined) throw failure;
  await removeCniRecord(paths, network, place);
}

async function failureOfDeleting(record: CniRecord, place: CniPlace): Promise<TallymanError | undefined> {
  const { name } = record.configuration;
  const asItIs = cniConfigurations().find((each) => each.name === name);
  let failure: TallymanError | undefined;
  for (const configuration of [record.configuration, asItIs ?? []].flat()) {
    const failures: unknown[] = [];
    for (const plugin of configuration.plugins.toReversed()) {
      const call = cniCall(plugin, { ...record, configuration, place });
      await callPlugin({ ...call, command: "DEL" }).catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 0) return undefined;
    failure ??= new TallymanError("CNI_FAILED", messageOf(failures[0]), {
      hint: "Its interface is gone all the same. When it is taken away again, what the plugin still holds is left to you.",
      cause: failures[0],
    });
  }
  return failure;
}
