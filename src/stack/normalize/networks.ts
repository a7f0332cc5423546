/** `networks` at the top level: those that services join, as they are to be made on the host. */
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import {
  isBridgeDriver,
  defaultNetwork,
  isLinkDriver,
  linkDrivers,
  mtuOption,
  parentOption,
  type LinkDriver,
  type NetworkSpec,
} from "../../model/network.ts";
import { nearest } from "../../model/nearest.ts";
import { isIPv6Address } from "../../model/host-address.ts";
import { isNetworkName } from "../../model/ids.ts";
import { type IpRange, ipRange, overlap } from "../../model/ip-range.ts";
import type { Service, StackNetwork } from "../../model/stack.ts";
import type { CanonicalNetwork, CanonicalStack } from "../canonical-stack.ts";
import { addressPools } from "./address-pools.ts";
import { checkFixedAddresses } from "./fixed-addresses.ts";

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
    checkName(name, { path: `networks.${key}.name`, checking, isExternal: network.external === true });
    const spec = networkSpec(network, { name, path: `networks.${key}`, checking });
    if (!used.has(name)) return [];
    return [{ key, name, ...(network.external !== true && { spec }) }];
  });
  checkNames(
    keys.filter((key) => Object.hasOwn(file.networks, key) || used.has(networkName(key))),
    context,
  );
  checkSubnets(networks, checking);
  checkFixedAddresses(services, { networks, checking });
  return networks
    .map((network) => keepingFixedAddresses(network, services))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Nobody is given a fixed address by chance. */
function keepingFixedAddresses(network: StackNetwork, services: readonly Service[]): StackNetwork {
  const { name, spec } = network;
  if (spec === undefined) return network;
  const fixed = services
    .flatMap(({ container }) => container.networks ?? [])
    .flatMap((wish) =>
      wish.network === name ? [wish.ipv4Address ?? [], wish.ipv6Address ?? []].flat() : [],
    );
  if (fixed.length === 0) return network;
  const pools = spec.pools.map((pool) => {
    const own = fixed.filter((address) => isIPv6Address(address) === isIPv6Address(pool.subnet));
    return own.length === 0 ? pool : { ...pool, fixed: own.toSorted() };
  });
  return { ...network, spec: { ...spec, pools } };
}

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** A container would join it once for each key, and what the keys say of it would be at odds. */
function checkNames(keys: readonly string[], { networkName, checking }: Context): void {
  const known = new Map<string, string>();
  for (const key of keys) {
    const name = networkName(key);
    const other = known.get(name);
    if (other === undefined) known.set(name, key);
    else {
      errorAt(checking, `networks.${key}.name`, {
        code: "conflicting-keys",
        message: `networks.${key} is the network ${name}, as networks.${other} is`,
        hint: `Keep one of the two, or give networks.${key} another name.`,
      });
    }
  }
}

function checkName(
  name: string,
  { path, checking, isExternal }: At & { readonly isExternal: boolean },
): void {
  if (name === defaultNetwork && !isExternal) {
    errorAt(checking, path, {
      code: "invalid-name",
      message: `the network ${name} is there already, for containers that name none`,
      hint: "Give it another name, or set external: true.",
    });
  }
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
  const pools = addressPools(network, { path, checking });
  checkOptions(network, { path, checking });
  return {
    name,
    driver: driverOf(network, { path, checking }),
    options: sorted(network.driver_opts),
    internal: network.internal ?? false,
    ipv6: network.enable_ipv6 ?? false,
    pools,
    labels: sorted(network.labels),
  };
}

const drivers = ["bridge", "host", "none", ...Object.keys(linkDrivers)];

/** It is the name of a CNI configuration: not one of Swarm's networks over several hosts, and nothing misspelt. */
export function isCniDriver(driver: string): boolean {
  const isTaken = isBridgeDriver(driver) || driver === "overlay" || nearest(driver, drivers) !== undefined;
  return !isTaken && /^[a-zA-Z0-9][\w.-]*$/.test(driver);
}

function driverOf(network: CanonicalNetwork, { path, checking }: At): string {
  const { driver = "bridge", external } = network;
  if (["bridge", "", "default"].includes(driver) || external === true) return "bridge";
  if (isLinkDriver(driver)) {
    checkLink(network, driver, { path, checking });
    return driver;
  }
  if (isCniDriver(driver)) return driver; // the plan looks whether it is there
  const meant = nearest(driver, drivers);
  errorAt(checking, `${path}.driver`, {
    code: "unsupported-value",
    message: `${path}.driver is ${JSON.stringify(driver)}, which is not supported`,
    hint:
      driver === "overlay"
        ? "Write bridge, which on one host is the same."
        : meant === undefined
          ? `Write one of ${drivers.join(", ")}, or the name of a CNI configuration of the host.`
          : `Did you mean \`${meant}\`?`,
  });
  return "bridge";
}

/** The addresses are those of a network that is there: nobody else can choose them. */
function checkLink(
  { driver_opts: options = {}, ipam, enable_ipv6: hasIPv6 = false }: CanonicalNetwork,
  driver: LinkDriver,
  { path, checking }: At,
): void {
  if (!/^[^\s/:]{1,15}$/.test(options[parentOption] ?? "")) {
    errorAt(checking, `${path}.driver_opts.${parentOption}`, {
      code: "missing-parent",
      message: `${path} has the driver ${driver}, and names no link of the host as parent`,
      hint: "Write driver_opts: {parent: eth0}, with the name of the host's link.",
    });
  }
  const subnets = (ipam?.config ?? []).flatMap(({ subnet }) => subnet ?? []);
  const hasNone = !subnets.some((subnet) => !isIPv6Address(subnet));
  if (hasNone || (hasIPv6 && !subnets.some(isIPv6Address))) {
    errorAt(checking, `${path}.ipam`, {
      code: "no-subnet",
      message: `${path} has the driver ${driver}, and no subnet${hasNone ? "" : " of IPv6"}`,
      hint: "Give it that of the link under ipam.config, with an ip_range that nobody else gives addresses from.",
    });
  }
  const { option, modes } = linkDrivers[driver];
  const mode = options[option];
  if (mode === undefined || modes.some((each) => each === mode)) return;
  errorAt(checking, `${path}.driver_opts.${option}`, {
    code: "unsupported-value",
    message: `${path}.driver_opts.${option} is ${JSON.stringify(mode)}, which is no mode of ${driver}`,
    hint: `Write one of ${modes.join(", ")}.`,
  });
}

/** What the kernel takes: RFC 791, for IPv6 RFC 8200, and the largest packet there is. */
const mtus = { least: 68, least6: 1_280, most: 65_535 };

function checkOptions(
  { driver = "", driver_opts: options = {}, enable_ipv6: hasIPv6 = false }: CanonicalNetwork,
  { path, checking }: At,
): void {
  const least = hasIPv6 ? mtus.least6 : mtus.least;
  const own = isLinkDriver(driver) ? [parentOption, linkDrivers[driver].option] : [];
  for (const [key, value] of Object.entries(options)) {
    const at = `${path}.driver_opts.${key}`;
    const mtu = Number(value);
    if (own.includes(key)) continue;
    if (key !== mtuOption) {
      warningAt(checking, at, {
        code: "no-effect",
        message: `${at} has no effect`,
        hint: `Remove it; known is ${mtuOption}.`,
      });
    } else if (!Number.isInteger(mtu) || mtu < least || mtu > mtus.most) {
      errorAt(checking, at, {
        code: "invalid-value",
        message: `${at} is ${JSON.stringify(value)}, which is no size of a packet${hasIPv6 ? " of IPv6" : ""}`,
        hint: `Write a number from ${least} to ${mtus.most}.`,
      });
    }
  }
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

function sorted(record: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
