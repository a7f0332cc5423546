/** The container's /etc/hosts, /etc/hostname and /etc/resolv.conf: written by us, mounted over the image's. */
import { readFileSync, statSync } from "node:fs";
import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetworkMode } from "../../../model/container-spec.ts";
import { codeOf } from "../../../model/error.ts";
import type { NameLookup } from "../../../model/name-lookup.ts";
import type { ReadyMount } from "../spec/mounts.ts";
import { hostsText, withEntries, type HostsOptions } from "./hosts-text.ts";
import { resolvConf, withoutLoopback } from "./resolv-conf.ts";

export interface EtcOptions extends Omit<HostsOptions, "entries"> {
  readonly network: NetworkMode;
  readonly lookup?: NameLookup;
  /** Our resolver for its networks; absent where it asks those of the host. */
  readonly nameserver?: string;
  /** Where these files of the container are whose network it shares: it has the same. */
  readonly sharedFolder?: string;
  readonly readOnly: boolean;
  /** The host's id of who is root in the container. */
  readonly ownerId: number;
}

/** Writes them into `folder` and returns their mounts. */
export async function writeEtcFiles(folder: string, options: EtcOptions): Promise<readonly ReadyMount[]> {
  await mkdir(folder, { recursive: true });
  const files = {
    hostname: `${options.hostname}\n`,
    hosts: shared("hosts", options) ?? hostsOf(options),
    "resolv.conf": shared("resolv.conf", options) ?? resolvConfOf(options),
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

/** The other container may have written to it whatever it likes. */
const mostSharedBytes = 1024 * 1024;

function shared(name: string, { sharedFolder }: EtcOptions): string | undefined {
  const path = sharedFolder === undefined ? undefined : join(sharedFolder, name);
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return path === undefined || stat === undefined || stat.size > mostSharedBytes ? undefined : read(path);
}

function hostsOf(options: EtcOptions): string {
  const entries = options.lookup?.hosts ?? [];
  const own = { ...options, entries };
  if (options.network !== "host") return hostsText(own);
  const hosts = read("/etc/hosts");
  return hosts === undefined ? hostsText(own) : withEntries(hosts, { entries, gateway: "127.0.0.1" });
}

function resolvConfOf({ network, nameserver, lookup = {} }: EtcOptions): string {
  const host = read("/etc/resolv.conf") ?? "";
  return resolvConf({
    host: network === "host" || nameserver !== undefined ? host : reachable(host),
    ...(nameserver !== undefined && { nameserver }),
    lookup,
  });
}

/** systemd-resolved keeps the real resolvers elsewhere than where the host looks for its own. */
function reachable(host: string): string {
  const own = withoutLoopback(host);
  if (/^\s*nameserver\s/m.test(own)) return own;
  return withoutLoopback(read("/run/systemd/resolve/resolv.conf") ?? own);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
