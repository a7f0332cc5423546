/** A container's own /etc/hosts. Pure. */
import { hostGateway, type HostEntry } from "../../../model/name-lookup.ts";

export interface HostsOptions {
  readonly hostname: string;
  readonly domainname?: string;
  /** Its own. */
  readonly addresses: readonly string[];
  readonly entries: readonly HostEntry[];
  /** What `host-gateway` stands for; such entries are left out where it has no way to the host. */
  readonly gateway?: string;
}

export function hostsText(options: HostsOptions): string {
  const { addresses, hostname, domainname } = options;
  const names = domainname === undefined ? hostname : `${hostname}.${domainname}\t${hostname}`;
  return lines([
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "ff02::1\tip6-allnodes",
    "ff02::2\tip6-allrouters",
    ...addresses.map((address) => `${address}\t${names}`),
    ...entryLines(options),
  ]);
}

/** The host's, which who is on its network shares, and what is said besides. */
export function withEntries(hosts: string, options: Pick<HostsOptions, "entries" | "gateway">): string {
  const added = entryLines(options);
  if (added.length === 0) return hosts;
  return `${hosts}${hosts === "" || hosts.endsWith("\n") ? "" : "\n"}${lines(added)}`;
}

function entryLines({ entries, gateway }: Pick<HostsOptions, "entries" | "gateway">): readonly string[] {
  return entries.flatMap(({ name, address }) => {
    const reached = address === hostGateway ? gateway : address;
    return reached === undefined ? [] : [`${reached}\t${name}`];
  });
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
