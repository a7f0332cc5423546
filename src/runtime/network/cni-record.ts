/**
 * What plugins of CNI have added, one file for each interface: written before they are called. In the data directory:
 * what they hold outlives a reboot.
 */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import type { JsonValue } from "../../model/json.ts";
import { portsMeet, type HeldPort } from "../../model/route.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import type { CniConfiguration } from "./cni-configuration.ts";
import { withoutLength, type CniWish } from "./cni-wish.ts";
import type { HostNetwork } from "./host-network.ts";
import type { Lease } from "./leases.ts";

export interface CniRecord {
  /** As it was. */
  readonly configuration: CniConfiguration;
  /** Absent in records of earlier versions. */
  readonly wish?: CniWish;
  /** Of the last plugin; absent where it was not reached. */
  readonly result?: JsonValue | undefined;
}

export interface CniInterface {
  readonly id: ContainerId;
  readonly interfaceName: string;
}

type Named = Pick<HostNetwork, "name">;

/** Undefined where it was never added. */
export async function readCniRecord(
  paths: RuntimePaths,
  network: Named,
  place: CniInterface,
): Promise<CniRecord | undefined> {
  try {
    return JSON.parse(await readFile(pathOf(paths, network, place), "utf8")) as CniRecord; // written here
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Who leaves a network takes the folder away where it is empty. */
export async function writeCniRecord(
  paths: RuntimePaths,
  { network, ...place }: CniInterface & { readonly network: Named },
  record: CniRecord,
): Promise<void> {
  const path = pathOf(paths, network, place);
  for (;;) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await writeFileAtomic(path, `${JSON.stringify(record)}\n`);
      return;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

export async function removeCniRecord(
  paths: RuntimePaths,
  network: Named,
  place: CniInterface,
): Promise<void> {
  const path = pathOf(paths, network, place);
  await rm(path, { force: true });
  removeEmpty(dirname(path));
  removeEmpty(cniFolder(paths));
}

/** Networks that containers are on, or were begun to be added to. */
export function cniNetworkNames(paths: RuntimePaths): readonly string[] {
  return namesIn(cniFolder(paths));
}

/** All of one such network, whether the namespaces are there or not. */
export function cniInterfacesOn(paths: RuntimePaths, { name }: Named): readonly CniInterface[] {
  return namesIn(join(cniFolder(paths), name)).flatMap((file) => {
    const [, id = "", interfaceName = ""] = /^([^.]+)\.(.+)\.json$/.exec(file) ?? [];
    return isContainerId(id) ? [{ id, interfaceName }] : [];
  });
}

/** Interfaces that it has on this network, or that were begun. */
export function cniInterfaces(
  paths: RuntimePaths,
  { id, network }: { readonly id: ContainerId; readonly network: Named },
): readonly string[] {
  return cniInterfacesOn(paths, network).flatMap((each) => (each.id === id ? [each.interfaceName] : []));
}

/** Containers that are on such networks, whether their namespaces are there or not. */
export function cniMembers(paths: RuntimePaths): readonly ContainerId[] {
  return cniNetworkNames(paths).flatMap((name) => cniInterfacesOn(paths, { name }).map(({ id }) => id));
}

/** Who has asked for which address there; who has asked for none has one that only the plugins know of. */
export async function cniLeases(paths: RuntimePaths, network: Named): Promise<readonly Lease[]> {
  const leases = await Promise.all(
    cniInterfacesOn(paths, network).map(async (place): Promise<readonly Lease[]> => {
      const addresses = (await readCniRecord(paths, network, place))?.wish?.addresses ?? [];
      return addresses.map((address) => ({ ...place, address: withoutLength(address) }));
    }),
  );
  return leases.flat();
}

/** Whose plugins were asked to lead one of these ports. */
export async function cniPortHolders(
  paths: RuntimePaths,
  ports: readonly HeldPort[],
): Promise<readonly ContainerId[]> {
  if (ports.length === 0) return [];
  const holders = new Set<ContainerId>();
  for (const name of cniNetworkNames(paths)) {
    for (const place of cniInterfacesOn(paths, { name })) {
      const held = (await readCniRecord(paths, { name }, place))?.wish?.ports ?? [];
      if (held.some((one) => ports.some((port) => portsMeet(one, port)))) holders.add(place.id);
    }
  }
  return [...holders];
}

function cniFolder(paths: RuntimePaths): string {
  return join(paths.dataDir, "cni");
}

function pathOf(paths: RuntimePaths, { name }: Named, { id, interfaceName }: CniInterface): string {
  return join(cniFolder(paths), name, `${id}.${interfaceName}.json`);
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
