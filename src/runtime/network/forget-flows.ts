/**
 * UDP has no connections, but the kernel keeps what it has decided for a flow as long as packets come: for one whose
 * backend was withdrawn, and for one that began before there was any. TCP connections are left to end by themselves.
 */
import { readFile } from "node:fs/promises";
import { codeOf } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import type { Family } from "../../model/ip-range.ts";
import { run } from "../../sys/run.ts";
import { hostAddresses } from "./host-addresses.ts";
import type { Published } from "./published.ts";

/** Makes the next packet of every UDP flow that `after` would lead elsewhere be decided anew. */
export async function forgetFlows(before: Published, after: Published): Promise<void> {
  const { family } = after;
  const stale = staleFlows(before, after, addressesOf(family));
  if (stale.length === 0 || (await trackedConnections()) === 0) return;
  const waiting = stale.values();
  const forgetAll = async (): Promise<void> => {
    for (const filter of waiting) await forget(filter, family);
  };
  await Promise.all(Array.from({ length: atOnce }, forgetAll));
}

const atOnce = 4;

/** Arguments of conntrack(8), a list for each kind of flow. Pure. */
export function staleFlows(
  before: Published,
  after: Published,
  hostAddresses: readonly string[],
): readonly (readonly string[])[] {
  const [old, now] = [udpTargets(before, after), udpTargets(after, before)];
  const withdrawn = [...old].flatMap(([front, { filter, targets }]) =>
    [...targets]
      .filter((target) => now.get(front)?.targets.has(target) !== true)
      .map((target) => [...filter, "--reply-src", target]),
  );
  const begun = [...now]
    .filter(([front, { targets }]) => targets.size > 0 && (old.get(front)?.targets.size ?? 0) === 0)
    .flatMap(([, { filter, own = hostAddresses }]) =>
      own.map((address) => [...filter, "--reply-src", address]),
    );
  return [...withdrawn, ...begun];
}

interface UdpTargets {
  readonly filter: readonly string[];
  /** Where a flow goes that is not translated; undefined: to any address of the host. */
  readonly own?: readonly string[];
  readonly targets: ReadonlySet<string>;
}

/** Of `published`, without the services that are the same value in `other`: most are. */
function udpTargets(
  { routes, addresses, services }: Published,
  other: Published,
): ReadonlyMap<string, UdpTargets> {
  const same = new Set(other.services);
  const published = routes
    .filter(({ protocol }) => protocol === "udp")
    .map(({ hostAddress, hostPort, backends }): [string, UdpTargets] => [
      `${hostAddress}:${hostPort}`,
      {
        filter: ["--orig-port-dst", String(hostPort)],
        ...(!["0.0.0.0", "::"].includes(hostAddress) && { own: [hostAddress] }),
        targets: new Set(backends.flatMap(({ containerId }) => addresses.get(containerId) ?? [])),
      },
    ]);
  const changed = services.filter((service) => !same.has(service));
  const virtual = changed.map(({ address, backends }): [string, UdpTargets] => [
    address,
    {
      filter: ["--orig-dst", address],
      own: [], // without backends, it is refused
      targets: new Set(backends.map((backend) => backend.address)),
    },
  ]);
  return new Map([...published, ...virtual]);
}

/** All that the kernel keeps a decision for; to look through them takes a process. */
async function trackedConnections(): Promise<number> {
  try {
    return Number(await readFile("/proc/sys/net/netfilter/nf_conntrack_count", "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}

function addressesOf(family: Family): readonly string[] {
  return hostAddresses().filter((address) => familyOf(address) === family);
}

/** Where nothing matches it fails, and where the program is missing, flows move when they have paused for a while. */
async function forget(filter: readonly string[], family: Family): Promise<void> {
  try {
    await run("conntrack", ["--delete", "--family", `ipv${family}`, "--proto", "udp", ...filter]);
  } catch (error) {
    if (codeOf(error) !== "COMMAND_FAILED" && codeOf(error) !== "COMMAND_NOT_STARTED") throw error;
  }
}
