/** The container's /etc/hosts, /etc/hostname and /etc/resolv.conf: written by us, mounted over the image's. */
import { readFileSync } from "node:fs";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkMode } from "../../model/container-spec.ts";
import { codeOf } from "../../model/error.ts";
import type { ReadyMount } from "./spec/mounts.ts";

export interface EtcOptions {
  readonly network: NetworkMode;
  readonly hostname: string;
  readonly addresses: readonly string[];
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
    "resolv.conf": onHost ? readOr("/etc/resolv.conf", "") : containerResolvConf(),
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
function containerResolvConf(): string {
  const own = withoutLoopback(readOr("/etc/resolv.conf", ""));
  return /^\s*nameserver\s/m.test(own)
    ? own
    : withoutLoopback(readOr("/run/systemd/resolve/resolv.conf", own));
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
