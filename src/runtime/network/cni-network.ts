/**
 * Joins a namespace to a network that a CNI configuration of the host describes: its plugins in order, each given the
 * result of the one before, and backwards to leave (CNI specification 1.0, section 3). What was added is recorded first,
 * with the configuration as it was, so that it can be taken away after a crash, a reboot, or a change of that file.
 */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, messageOf, TallymanError } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import type { JsonValue } from "../../model/json.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import { cniConfiguration, cniConfigurations, type CniConfiguration } from "./cni-configuration.ts";
import { addressesIn } from "./cni-result.ts";
import { callPlugin, pluginPath, type PluginCall } from "./cni-plugin.ts";
import type { HostNetwork } from "./host-network.ts";

export type CniPlace = Pick<PluginCall, "id" | "netnsPath" | "interfaceName" | "macAddress">;

interface Added {
  readonly configuration: CniConfiguration;
  /** Of the last plugin; absent where it was not reached. */
  readonly result?: JsonValue | undefined;
}

/** Its addresses there. Throws NO_CNI_CONFIGURATION, NO_CNI_PLUGINS, CNI_FAILED. */
export async function addToCniNetwork(
  paths: RuntimePaths,
  network: HostNetwork,
  place: CniPlace,
): Promise<readonly string[]> {
  const { id, interfaceName } = place;
  await deleteFromCniNetwork(paths, network, { id, interfaceName }); // of a namespace that went with the host's last run
  const configuration = cniConfiguration(network.cni ?? "");
  for (const plugin of configuration.plugins) pluginPath(callOf(plugin, { configuration, place }));
  const path = recordPath(paths, network, place);
  const record = (added: Added): Promise<void> => writeFileAtomic(path, `${JSON.stringify(added)}\n`);
  await inFolderOf(path, () => record({ configuration }));
  let result: JsonValue | undefined;
  for (const plugin of configuration.plugins) {
    const call = callOf(plugin, { configuration, result, place });
    result = JSON.parse(await callPlugin({ ...call, command: "ADD" })) as JsonValue;
  }
  await record({ configuration, result });
  return addressesIn(result);
}

/** From all that it was added to, whatever its network has become since. Throws CNI_FAILED, when all have been tried. */
export async function deleteFromCniNetworks(
  paths: RuntimePaths,
  container: Pick<CniPlace, "id" | "netnsPath">,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of namesIn(cniFolder(paths))) {
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
  const path = recordPath(paths, network, place);
  const added = await readAdded(path);
  if (added === undefined) return;
  const failure = await failureOfDeleting(added, place);
  if (failure !== undefined && place.netnsPath !== undefined) throw failure;
  await rm(path, { force: true });
  removeEmpty(dirname(path));
  removeEmpty(cniFolder(paths));
}

async function failureOfDeleting(added: Added, place: CniPlace): Promise<TallymanError | undefined> {
  const { name } = added.configuration;
  const asItIs = cniConfigurations().find((each) => each.name === name);
  let failure: TallymanError | undefined;
  for (const configuration of [added.configuration, asItIs ?? []].flat()) {
    const failures: unknown[] = [];
    for (const plugin of configuration.plugins.toReversed()) {
      const call = callOf(plugin, { ...added, configuration, place });
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

/** Interfaces that it has on this network, or that were begun. */
export function cniInterfaces(
  paths: RuntimePaths,
  { id, network }: { readonly id: ContainerId; readonly network: Pick<HostNetwork, "name"> },
): readonly string[] {
  return recordsIn(join(cniFolder(paths), network.name)).flatMap((record) =>
    record.id === id ? [record.interfaceName] : [],
  );
}

/** Containers that are on such networks, whether their namespaces are there or not. */
export function cniMembers(paths: RuntimePaths): readonly ContainerId[] {
  const networks = namesIn(cniFolder(paths));
  return networks.flatMap((name) => recordsIn(join(cniFolder(paths), name)).map(({ id }) => id));
}

function callOf(
  { capabilities, ...plugin }: CniConfiguration["plugins"][number],
  { configuration, result, place }: Added & { readonly place: CniPlace },
): Omit<PluginCall, "command"> {
  const { name, cniVersion, file } = configuration;
  const takesMac = typeof capabilities === "object" && capabilities !== null && "mac" in capabilities;
  const runtimeConfig = takesMac && place.macAddress !== undefined ? { mac: place.macAddress } : undefined;
  return {
    ...place,
    plugin: plugin.type,
    file,
    configuration: {
      ...plugin,
      name,
      cniVersion,
      ...(runtimeConfig && { runtimeConfig }),
      ...(result !== undefined && { prevResult: result }),
    },
  };
}

async function readAdded(path: string): Promise<Added | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Added; // written here
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Who leaves a network takes the folder away where it is empty. */
async function inFolderOf(path: string, write: () => Promise<void>): Promise<void> {
  for (;;) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await write();
      return;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** In the data directory: what plugins hold outlives a reboot. */
function cniFolder(paths: RuntimePaths): string {
  return join(paths.dataDir, "cni");
}

function recordPath(
  paths: RuntimePaths,
  network: Pick<HostNetwork, "name">,
  { id, interfaceName }: CniPlace,
): string {
  return join(cniFolder(paths), network.name, `${id}.${interfaceName}.json`);
}

function recordsIn(folder: string): readonly { readonly id: ContainerId; readonly interfaceName: string }[] {
  return namesIn(folder).flatMap((name) => {
    const [, id = "", interfaceName = ""] = /^([^.]+)\.(.+)\.json$/.exec(name) ?? [];
    return isContainerId(id) ? [{ id, interfaceName }] : [];
  });
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY"].includes(String(codeOf(error)))) throw error;
  }
}
