/** `networks` at the top level: those that services join, as they are to be made on the host. */
import { type Checking, errorAt } from "../../document/checking.ts";
import { isNetworkName } from "../../model/ids.ts";
import { contains, type IpRange, ipRange, overlap } from "../../model/ip-range.ts";
import type { AddressPool, NetworkSpec } from "../../model/network.ts";
import type { Service, StackNetwork } from "../../model/stack.ts";
import type { CanonicalNetwork, CanonicalPool, CanonicalStack } from "../canonical-stack.ts";

interface Context {
  readonly file: CanonicalStack;
  readonly networkName: (key: string) => string;
  readonly checking: Checking;
}

/** Sorted by name. */
export function stackNetworks(services: readonly Service[], context: Context): readonly StackNetwork[] {
  const { file, networkName, checking } = context;
  const used = new Set(
    services.flatMap(({ container }) => (container.networks ?? []).map(({ network }) => network)),
  );
  const keys = [...new Set(["default", ...Object.keys(file.networks)])];
  const networks = keys.flatMap((key): readonly StackNetwork[] => {
    const name = networkName(key);
    const network = file.networks[key] ?? {};
    checkName(name, `networks.${key}.name`, checking);
    const spec = networkSpec(network, { name, path: `networks.${key}`, checking });
    if (!used.has(name)) return [];
    return [{ key, name, ...(network.external !== true && { spec }) }];
  });
  checkSubnets(networks, checking);
  checkFixed(services, { networks, checking });
  return networks.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface At {
  readonly path: string;
  readonly checking: Checking;
}

function checkName(name: string, path: string, checking: Checking): void {
  if (isNetworkName(name)) return;
  errorAt(checking, path, {
    code: "invalid-name",
    message: `${JSON.stringify(name)} cannot be the name of a network`,
    hint: "Use up to 128 letters, digits, `_`, `.` and `-`, beginning with a letter or digit.",
  });
}

function networkSpec(
  network: CanonicalNetwork,
  { name, path, checking }: At & { name: string },
): NetworkSpec {
  const pools = (network.ipam?.config ?? []).flatMap(
    (pool, index) => addressPool(pool, { path: `${path}.ipam.config[${index}]`, checking }) ?? [],
  );
  checkFamilies(pools, { path: `${path}.ipam.config`, checking });
  return {
    name,
    driver: driverOf(network, { path, checking }),
    options: sorted(network.driver_opts),
    internal: network.internal ?? false,
    ipv6: network.enable_ipv6 ?? pools.some(({ subnet }) => ipRange(subnet)?.family === 6),
    pools,
    labels: sorted(network.labels),
  };
}

function driverOf({ driver = "bridge", external }: CanonicalNetwork, { path, checking }: At): string {
  if (driver === "bridge" || driver === "" || driver === "default" || external === true) return "bridge";
  errorAt(checking, `${path}.driver`, {
    code: "unsupported-value",
    message: `${path}.driver is ${JSON.stringify(driver)}, which is not supported`,
    hint: "Write bridge, or remove it.",
  });
  return "bridge";
}

function addressPool(pool: CanonicalPool, { path, checking }: At): AddressPool | undefined {
  const subnet = subnetIn(pool.subnet, { path: `${path}.subnet`, checking });
  if (subnet === undefined) return undefined;
  const within = (text: string | undefined, key: string): string | undefined =>
    insideOf(subnet, text, { path: `${path}.${key}`, checking });
  const gateway = within(pool.gateway, "gateway");
  const range = within(pool.ip_range, "ip_range");
  const reserved = Object.entries(pool.aux_addresses ?? {}).flatMap(
    ([key, address]) => within(address, `aux_addresses.${key}`) ?? [],
  );
  return {
    subnet: subnet.text,
    ...(gateway !== undefined && { gateway }),
    ...(range !== undefined && { range }),
    reserved: reserved.toSorted(),
  };
}

interface WrittenRange extends IpRange {
  readonly text: string;
}

/** The least that holds a gateway, a container and addresses of services. */
const mostBits = { 4: 29, 6: 125 } as const;

function subnetIn(text: string | undefined, { path, checking }: At): WrittenRange | undefined {
  if (text === undefined) return undefined;
  const range = ipRange(text);
  const bits = Number(text.split("/")[1] ?? 128);
  if (range !== undefined && bits >= 8 && bits <= mostBits[range.family]) return { ...range, text };
  errorAt(checking, path, {
    code: "invalid-subnet",
    message: `${path} is ${JSON.stringify(text)}, which is no subnet that containers fit into`,
    hint: "Write such as 10.1.2.0/24: between /8 and /29, or for IPv6 /125.",
  });
  return undefined;
}

function insideOf(
  subnet: WrittenRange,
  text: string | undefined,
  { path, checking }: At,
): string | undefined {
  const range = text === undefined ? undefined : ipRange(text);
  if (text === undefined || (range !== undefined && contains(subnet, range))) return text;
  errorAt(checking, path, {
    code: "outside-subnet",
    message: `${path} is ${JSON.stringify(text)}, which is not in ${subnet.text}`,
    hint: "Choose it from the subnet.",
  });
  return undefined;
}

function checkFamilies(pools: readonly AddressPool[], { path, checking }: At): void {
  const families = pools.map(({ subnet }) => ipRange(subnet)?.family);
  if (new Set(families).size === families.length) return;
  errorAt(checking, path, {
    code: "unsupported-value",
    message: `${path} has more than one subnet of a family`,
    hint: "Keep one, or write several networks.",
  });
}

function checkSubnets(networks: readonly StackNetwork[], checking: Checking): void {
  const taken: { readonly subnet: string; readonly range: IpRange; readonly key: string }[] = [];
  for (const { key, spec } of networks) {
    spec?.pools.forEach(({ subnet }, index) => {
      const range = ipRange(subnet);
      if (range === undefined) return;
      const other = taken.find((each) => overlap(each.range, range));
      if (other !== undefined) {
        errorAt(checking, `networks.${key}.ipam.config[${index}].subnet`, {
          code: "subnet-taken",
          message: `${subnet} of networks.${key} overlaps ${other.subnet} of networks.${other.key}`,
          hint: "Give one of them another subnet.",
        });
      }
      taken.push({ subnet, range, key });
    });
  }
}

/** Fixed addresses: each in a subnet that the file names, and each of one service. */
function checkFixed(
  services: readonly Service[],
  { networks, checking }: { readonly networks: readonly StackNetwork[]; readonly checking: Checking },
): void {
  const owners = new Map<string, string>();
  for (const service of services) {
    for (const { network, ipv4Address, ipv6Address } of service.container.networks ?? []) {
      const stackNetwork = networks.find(({ name }) => name === network);
      if (stackNetwork === undefined) continue;
      const path = `services.${service.name}.networks.${stackNetwork.key}`;
      for (const [key, address] of Object.entries({ ipv4_address: ipv4Address, ipv6_address: ipv6Address })) {
        if (address === undefined) continue;
        const at = { path: `${path}.${key}`, checking };
        if (stackNetwork.spec !== undefined) checkInPool(address, stackNetwork.spec, at);
        const owner = owners.get(`${network} ${address}`);
        if (owner === undefined) owners.set(`${network} ${address}`, service.name);
        else {
          errorAt(checking, at.path, {
            code: "address-taken",
            message: `${at.path} is ${address}, which services.${owner} has`,
            hint: "Give one of them another address.",
          });
        }
      }
    }
  }
}

function checkInPool(address: string, spec: NetworkSpec, { path, checking }: At): void {
  const wanted = ipRange(address);
  const pool = spec.pools.find(({ subnet }) => ipRange(subnet)?.family === wanted?.family);
  const range = pool === undefined ? undefined : ipRange(pool.subnet);
  if (wanted === undefined) return;
  if (pool === undefined || range === undefined) {
    errorAt(checking, path, {
      code: "no-subnet",
      message: `${path} is ${address}, and the network has no subnet of its own choice`,
      hint: "Give the network one under ipam.config.",
    });
  } else if (!contains(range, wanted)) {
    errorAt(checking, path, {
      code: "outside-subnet",
      message: `${path} is ${address}, which is not in ${pool.subnet}`,
      hint: "Choose it from the subnet.",
    });
  } else if (isSpecial(wanted.first, { range, pool })) {
    errorAt(checking, path, {
      code: "address-taken",
      message: `${path} is ${address}, which the network itself has, or keeps`,
      hint: "Choose another address of the subnet.",
    });
  }
}

/** The network's own, its gateway's, the broadcast address, or a reserved one. */
function isSpecial(
  address: bigint,
  { range: { first, last }, pool }: { readonly range: IpRange; readonly pool: AddressPool },
): boolean {
  const gateway = pool.gateway === undefined ? first + 1n : ipRange(pool.gateway)?.first;
  const reserved = pool.reserved.map((each) => ipRange(each)?.first);
  return [first, last, gateway, ...reserved].includes(address);
}

function sorted(record: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
