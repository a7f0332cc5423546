/** Joins a namespace to the bridge by the CNI plugins of the host (CNI specification 1.0, sections 2 and 5). */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { CommandError, run } from "../../sys/run.ts";
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import type { Subnet } from "./subnet.ts";

export interface CniNetwork {
  readonly paths: RuntimePaths;
  readonly instance: Instance;
  readonly subnet: Subnet;
}

export interface CniRequest {
  readonly id: ContainerId;
  /** Absent when the namespace is gone: then only its address is given back. */
  readonly netnsPath?: string;
  /** The address wanted; the plugin fails where it cannot be had. */
  readonly address?: string;
}

/** Gives the namespace its interface; returns its IPv4 addresses. */
export async function cniAdd(network: CniNetwork, request: CniRequest): Promise<readonly string[]> {
  const result = JSON.parse(await invoke("ADD", network, request)) as { ips: { address: string }[] };
  return result.ips.map((ip) => ip.address.replace(/\/.*/, ""));
}

/** No error where it was never added. */
export async function cniDelete(network: CniNetwork, request: CniRequest): Promise<void> {
  await invoke("DEL", network, request);
}

/** Where host-local keeps one file for each address that is taken. */
export function leaseFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "network", "leases");
}

export const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin"];

async function invoke(command: "ADD" | "DEL", network: CniNetwork, request: CniRequest): Promise<string> {
  // Made by the plugin it would be open to everybody, and whoever reads its lock can hold it.
  await mkdir(leaseFolder(network.paths), { recursive: true, mode: 0o700 });
  try {
    const { stdout } = await run(pluginPath("bridge"), [], {
      input: configuration(network),
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: request.id,
        CNI_NETNS: request.netnsPath ?? "",
        CNI_IFNAME: "eth0",
        CNI_ARGS: request.address === undefined ? "" : `IgnoreUnknown=1;IP=${request.address}`,
        CNI_PATH: pluginFolders.join(":"),
      },
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== "COMMAND_FAILED") throw error;
    throw new TallymanError("CNI_FAILED", `container ${request.id}: ${reasonOf(error)}`, { cause: error });
  }
}

function configuration({ paths, instance, subnet }: CniNetwork): string {
  return JSON.stringify({
    cniVersion: "1.0.0",
    name: instance.bridge,
    type: "bridge",
    bridge: instance.bridge,
    isGateway: true,
    ipMasq: false,
    // With bridge-nf-call-iptables=1 a container that asks its own published port is sent back where it came from.
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: leaseFolder(paths),
      ranges: [
        [{ subnet: subnet.cidr, rangeStart: subnet.first, rangeEnd: subnet.last, gateway: subnet.gateway }],
      ],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  });
}

function pluginPath(name: string): string {
  const path = pluginFolders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new TallymanError("NO_CNI_PLUGINS", `no CNI plugin ${name} in ${pluginFolders.join(" or ")}`, {
    hint: "Install them: apt-get install containernetworking-plugins",
  });
}

/** A plugin reports its error as JSON on its standard output. */
function reasonOf(error: CommandError): string {
  try {
    return (JSON.parse(error.stdout) as { msg: string }).msg;
  } catch {
    return error.message;
  }
}
