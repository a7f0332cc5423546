/** The bridge that all containers of an instance are joined to, and the subnet that it has. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { run } from "../../sys/run.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { chooseSubnet, isSubnet, overlap, subnetOf, type Subnet } from "./subnet.ts";

/** The subnet of the instance as it was recorded; undefined where no container was ever attached. */
export async function recordedSubnet(paths: RuntimePaths): Promise<Subnet | undefined> {
  const path = recordPath(paths);
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as { formatVersion?: unknown; subnet?: unknown };
    const { formatVersion, subnet } = record;
    if (formatVersion === 1 && typeof subnet === "string" && isSubnet(subnet)) return subnetOf(subnet);
    if (typeof formatVersion !== "number" || formatVersion === 1) throw damaged(path);
    throw new TallymanError("NEWER_FORMAT", `${path} was written by a newer tallyman`, {
      hint: "Run the version that wrote it, or a later one.",
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error instanceof SyntaxError ? damaged(path) : error;
  }
}

function damaged(path: string): TallymanError {
  return new TallymanError("NETWORK_RECORD_DAMAGED", `${path} is damaged: it does not name a subnet`, {
    hint: "Remove that file; the containers' subnet is then chosen anew, from those that are free.",
  });
}

/**
 * The subnet to use: the recorded one, unless other routes of the host have come to overlap it while nothing of ours
 * is attached. It is recorded before it is used.
 */
export async function decideSubnet(
  paths: RuntimePaths,
  instance: Instance,
  options: { readonly inUse: boolean },
): Promise<Subnet> {
  const recorded = await recordedSubnet(paths);
  if (recorded && options.inUse) return recorded;
  const taken = await routesOfOthers(instance);
  if (recorded && !taken.some((route) => overlap(recorded.cidr, route))) return recorded;
  const subnet = chooseSubnet(taken, instance.id === "" ? 0 : Number.parseInt(instance.id, 16));
  await mkdir(paths.dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(recordPath(paths), `${JSON.stringify({ formatVersion: 1, subnet })}\n`);
  return subnetOf(subnet);
}

export function bridgeExists(instance: Instance): boolean {
  return existsSync(`/sys/class/net/${instance.bridge}`);
}

/** Makes the bridge where it is missing, with its address, up, and open to translated connections from 127.0.0.1. */
export async function makeBridge(instance: Instance, subnet: Subnet): Promise<void> {
  const { bridge } = instance;
  // A bridge without an address of its own takes its lowest port's, and neighbours' caches go stale with each change.
  const add = `link add ${bridge} address ${macAddress(bridge)} type bridge`;
  const commands = [
    ...(bridgeExists(instance) ? [] : [add]),
    `addr replace ${subnet.gateway}/${subnet.prefixLength} dev ${bridge}`,
    `link set ${bridge} up`,
  ];
  await run("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
  await writeFile(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
}

export async function removeBridge(instance: Instance): Promise<void> {
  if (bridgeExists(instance)) await run("ip", ["link", "delete", instance.bridge]);
}

function recordPath(paths: RuntimePaths): string {
  return join(paths.dataDir, "network.json");
}

/** Destinations of all routes and addresses that do not lead to our bridge; the default route is none. */
async function routesOfOthers(instance: Instance): Promise<string[]> {
  const { stdout } = await run("ip", ["-4", "-j", "route", "show", "table", "all"]);
  const routes = JSON.parse(stdout) as readonly { readonly dst: string; readonly dev?: string }[];
  return routes.filter(({ dst, dev }) => dst !== "default" && dev !== instance.bridge).map(({ dst }) => dst);
}

/** Locally administered, unicast. */
function macAddress(bridge: string): string {
  const digits = createHash("sha256").update(bridge).digest("hex").slice(0, 10);
  return ["02", ...(digits.match(/../g) ?? [])].join(":");
}
