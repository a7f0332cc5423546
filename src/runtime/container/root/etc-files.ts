/** The container's /etc/hosts, /etc/hostname and /etc/resolv.conf: written by us, mounted over the image's. */
import { readFileSync } from "node:fs";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkMode } from "../../../model/container-spec.ts";
import { codeOf } from "../../../model/error.ts";
import type { ReadyMount } from "../spec/mounts.ts";

export interface EtcOptions {
  readonly network: NetworkMode;
  readonly hostname: string;
  readonly addresses: readonly string[];
  /** Our resolver for its networks; absent where it asks those of the host. */
  readonly nameserver?: string;
  readonly readOnly: boolean;
  /** The host's id of who is root in the container. */
  readonly ownerId: number;
}

/** Writes them into `folder` and returns their mounts. */
export async function writeEtcFiles(folder: string, options: EtcOptions): Promise<readonly ReadyMount[]> {
  await mkdir(folder, { recursive: true });
  const onHost = options.network === "host";
  const files = {
    hostname: `${options.hostname}\n`,
    hosts: onHost ? readOr("/etc/hosts", hostsFile(options)) : hostsFile(options),
    "resolv.conf": onHost ? readOr("/etc/resolv.conf", "") : containerResolvConf(options.nameserver),
  };
  return Promise.all(
    Object.entries(files).map(async ([name, content]) => {
      const source = join(folder, name);
      await writeFile(source, content, { mode: 0o644 });
      await chown(source, options.ownerId, options.ownerId);
      return { kind: "bind", source, target: `/etc/${name}`, readOnly: options.readOnly } as const;
    }),
  );
}

function hostsFile({ addresses, hostname }: EtcOptions): string {
  return [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "ff02::1\tip6-allnodes",
    "ff02::2\tip6-allrouters",
    ...addresses.map((address) => `${address}\t${hostname}`),
    "",
  ].join("\n");
}

/** A resolver on the host's loopback is not the container's: systemd-resolved keeps the real ones elsewhere. */
function containerResolvConf(nameserver?: string): string {
  if (nameserver !== undefined) return askingOnly(nameserver, readOr("/etc/resolv.conf", ""));
  const own = withoutLoopback(readOr("/etc/resolv.conf", ""));
  return /^\s*nameserver\s/m.test(own)
    ? own
    : withoutLoopback(readOr("/run/systemd/resolve/resolv.conf", own));
}

/**
 * The host's search domains and options, and our resolver, which asks the host's. A name is first looked for as it is,
 * so that those of services are not asked for in the host's domains. Pure.
 */
export function askingOnly(nameserver: string, resolvConf: string): string {
  const others = resolvConf.split("\n").filter((line) => /^\s*(search|domain|options)\s/.test(line));
  const hasDots = others.some((line) => /^\s*options\s.*\bndots:/.test(line));
  return [`nameserver ${nameserver}`, ...others, ...(hasDots ? [] : ["options ndots:0"]), ""].join("\n");
}

/** Pure. */
export function withoutLoopback(resolvConf: string): string {
  return resolvConf
    .split("\n")
    .filter((line) => !/^\s*nameserver\s+(127\.|::1(\s|$|%))/.test(line))
    .join("\n");
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return fallback;
    throw error;
  }
}
