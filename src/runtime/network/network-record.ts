/** The networks that were made here, one file each: written before anything of them is on the host. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { isNetworkName } from "../../model/ids.ts";
import type { NetworkSpec } from "../../model/network.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import { isSubnet } from "./subnet.ts";

export interface NetworkRecord {
  readonly spec: NetworkSpec;
  /** Opaque, returned by `networks`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its link on the host. */
  readonly bridge: string;
  /** A CIDR of IPv4. */
  readonly subnet: string;
  /** A CIDR of IPv6; absent where it has none. */
  readonly subnet6?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Sorted by name. Throws NETWORK_RECORD_DAMAGED. */
export function networkRecords(paths: RuntimePaths): readonly NetworkRecord[] {
  return namesIn(folderOf(paths)).flatMap((name) => networkRecord(paths, name) ?? []);
}

/** Undefined where there is no such network. Throws NETWORK_RECORD_DAMAGED, NEWER_FORMAT. */
export function networkRecord(paths: RuntimePaths, name: string): NetworkRecord | undefined {
  const path = pathOf(paths, name);
  try {
    return parseRecord(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error instanceof SyntaxError ? damaged(path) : error;
  }
}

/** Durable when it resolves. */
export async function writeNetworkRecord(paths: RuntimePaths, record: NetworkRecord): Promise<void> {
  await mkdir(folderOf(paths), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ formatVersion: 1, ...record }, undefined, 1);
  await writeFileAtomic(pathOf(paths, record.spec.name), `${text}\n`);
}

export async function removeNetworkRecord(paths: RuntimePaths, name: string): Promise<void> {
  await rm(pathOf(paths, name), { force: true });
}

/** Its form was checked when it was written, by us; here only that it is one. */
function parseRecord(text: string, path: string): NetworkRecord {
  const { formatVersion, ...record } = JSON.parse(text) as Partial<NetworkRecord> & {
    readonly formatVersion?: unknown;
  };
  if (typeof formatVersion === "number" && formatVersion > 1) {
    throw new TallymanError("NEWER_FORMAT", `${path} was written by a newer tallyman`, {
      hint: "Run the version that wrote it, or a later one.",
    });
  }
  if (formatVersion !== 1 || !isWhole(record)) throw damaged(path);
  return record;
}

function isWhole(record: Partial<NetworkRecord>): record is NetworkRecord {
  const { spec, bridge, subnet } = record;
  return spec !== undefined && bridge !== undefined && subnet !== undefined && isSubnet(subnet);
}

function damaged(path: string): TallymanError {
  return new TallymanError("NETWORK_RECORD_DAMAGED", `${path} is damaged: it does not describe a network`, {
    hint: "Take the containers of that network down, and remove that file.",
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    return names
      .map((name) => name.slice(0, -".json".length))
      .filter(isNetworkName)
      .sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function pathOf(paths: RuntimePaths, name: string): string {
  return join(folderOf(paths), `${name}.json`);
}

const folderOf = (paths: RuntimePaths): string => join(paths.dataDir, "networks");
