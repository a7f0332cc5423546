/** `networks` of a service: which ones its containers join, and what they are there. */
import { isIP } from "node:net";
import { type Checking, errorAt } from "../../document/checking.ts";
import { nearest } from "../../model/nearest.ts";
import { canonicalAddress } from "../../model/host-address.ts";
import { defaultNetwork, isBridgeDriver, type ContainerNetwork } from "../../model/network.ts";
import type { CanonicalNetwork, CanonicalService, CanonicalServiceNetwork } from "../canonical-stack.ts";
import { isDomain } from "./is-domain.ts";

export interface NetworkContext {
  readonly path: string;
  readonly networks: Readonly<Record<string, CanonicalNetwork | null>>;
  readonly networkName: (key: string) => string;
  readonly checking: Checking;
}

/** Those that a service without `networks` joins. */
const onlyDefault = { default: null };

/** In order: the one of its default route first. Undefined where it joins none by itself. */
export function networksOf(
  service: CanonicalService,
  context: NetworkContext,
): readonly ContainerNetwork[] | undefined {
  if (service.network_mode !== undefined) {
    checkMode(service, context);
    return onlyShared(service, context);
  }
  const joined = Object.entries(service.networks ?? onlyDefault).map(([key, wish]) => ({
    key,
    wish: wish ?? {},
    internal: context.networks[key]?.internal === true,
    isOnLink: !isBridgeDriver(context.networks[key]?.driver ?? ""),
  }));
  return joined
    .filter(({ key }) => isDefined(key, context))
    .toSorted(
      (a, b) =>
        Number(a.internal) - Number(b.internal) ||
        (b.wish.gw_priority ?? 0) - (a.wish.gw_priority ?? 0) ||
        Number(a.isOnLink) - Number(b.isOnLink) ||
        (b.wish.priority ?? 0) - (a.wish.priority ?? 0) ||
        (a.key < b.key ? -1 : 1),
    )
    .map(({ key, wish }, index) =>
      containerNetwork(key, {
        wish: index === 0 ? withOwnMac(wish, { key, service, context }) : wish,
        service,
        context,
      }),
    );
}

/** `mac_address` of the service is that of its first interface. */
function withOwnMac(
  wish: CanonicalServiceNetwork,
  {
    key,
    service,
    context: { path, checking },
  }: { key: string; service: CanonicalService; context: NetworkContext },
): CanonicalServiceNetwork {
  const { mac_address: own } = service;
  if (own === undefined || wish.mac_address === own) return wish;
  if (wish.mac_address === undefined) return { ...wish, mac_address: own };
  errorAt(checking, `${path}.mac_address`, {
    code: "conflicting-keys",
    message: `${path}.mac_address is ${own}, and networks.${key} of it has another one`,
    hint: "Keep one of the two.",
  });
  return wish;
}

/** Written out only where there is something to say of it; who has another mode has no interface of its own. */
function onlyShared(
  service: CanonicalService,
  context: NetworkContext,
): readonly ContainerNetwork[] | undefined {
  const { mac_address: mac, network_mode: mode = "" } = service;
  const at = `${context.path}.mac_address`;
  if (mac === undefined) return undefined;
  if (mode !== "bridge" && mode !== "default") {
    errorAt(context.checking, at, {
      code: "conflicting-keys",
      message: `${at} has no interface to belong to with network_mode ${mode}`,
      hint: "Remove one of the two.",
    });
    return undefined;
  }
  const macAddress = hardwareAddress(mac, { at, service, context });
  return [{ network: defaultNetwork, aliases: [], ...(macAddress !== undefined && { macAddress }) }];
}

function checkMode(
  { network_mode: mode, networks }: CanonicalService,
  { path, checking }: NetworkContext,
): void {
  if (networks === undefined) return;
  errorAt(checking, `${path}.networks`, {
    code: "conflicting-keys",
    message: `${path} has networks, and network_mode ${JSON.stringify(mode)}`,
    hint: "Remove one of the two.",
  });
}

function isDefined(key: string, { path, networks, checking }: NetworkContext): boolean {
  if (key === "default" || Object.hasOwn(networks, key) || checking.findings.isBroken(`networks.${key}`))
    return true;
  const meant = nearest(key, Object.keys(networks));
  errorAt(checking, `${path}.networks.${key}`, {
    code: "undefined-network",
    message: `${path} joins the network ${key}, which the file does not define`,
    hint: meant === undefined ? "Add it under networks at the top level." : `Did you mean \`${meant}\`?`,
  });
  return false;
}

interface Wished {
  readonly wish: CanonicalServiceNetwork;
  readonly service: CanonicalService;
  readonly context: NetworkContext;
}

function containerNetwork(key: string, { wish, service, context }: Wished): ContainerNetwork {
  const at = `${context.path}.networks.${key}`;
  const ipv4Address = fixedAddress(4, wish.ipv4_address, { at: `${at}.ipv4_address`, service, context });
  const ipv6Address = fixedAddress(6, wish.ipv6_address, { at: `${at}.ipv6_address`, service, context });
  const macAddress = hardwareAddress(wish.mac_address, {
    at: macPath(key, { wish, service, context }),
    service,
    context,
  });
  const interfaceName = interfaceNameOf(wish.interface_name, { at: `${at}.interface_name`, context });
  return {
    network: context.networkName(key),
    aliases: aliasesOf(wish, { at: `${at}.aliases`, context }),
    ...(ipv4Address !== undefined && { ipv4Address }),
    ...(ipv6Address !== undefined && { ipv6Address }),
    ...(macAddress !== undefined && { macAddress }),
    ...(interfaceName !== undefined && { interfaceName }),
  };
}

function aliasesOf(
  { aliases = [] }: CanonicalServiceNetwork,
  { at, context: { checking } }: Omit<At, "service">,
): readonly string[] {
  aliases.forEach((alias, index) => {
    if (isDomain(alias) && !alias.endsWith(".")) return;
    errorAt(checking, `${at}[${index}]`, {
      code: "invalid-name",
      message: `${at}[${index}] is ${JSON.stringify(alias)}, which no host can be called`,
      hint: "Use letters, digits, dots, dashes and underscores; it begins and ends with none of dots and dashes.",
    });
  });
  return [...new Set(aliases)].toSorted();
}

/** Where the file says it. */
function macPath(key: string, { wish, service, context: { path } }: Wished): string {
  const isServices = wish.mac_address === service.mac_address;
  return isServices ? `${path}.mac_address` : `${path}.networks.${key}.mac_address`;
}

interface At {
  readonly at: string;
  readonly service: CanonicalService;
  readonly context: NetworkContext;
}

function fixedAddress(
  family: 4 | 6,
  address: string | undefined,
  { at, service, context: { checking } }: At,
): string | undefined {
  if (address === undefined) return undefined;
  if (isIP(address) !== family) {
    errorAt(checking, at, {
      code: "invalid-address",
      message: `${at} is ${JSON.stringify(address)}, which is no IPv${family} address`,
      hint: "Write an address of the network's subnet.",
    });
    return undefined;
  }
  requireOne("address", { at, service, checking });
  return canonicalAddress(address);
}

/** Two containers cannot both have it. */
function requireOne(
  what: string,
  { at, service, checking }: { at: string; service: CanonicalService; checking: Checking },
): void {
  const replicas = service.deploy?.replicas ?? service.scale ?? 1;
  if (replicas <= 1) return;
  errorAt(checking, at, {
    code: "conflicting-keys",
    message: `${at} is one ${what} for ${replicas} replicas`,
    hint: "Remove it, or have one replica.",
  });
}

function hardwareAddress(
  address: string | undefined,
  { at, service, context: { checking } }: At,
): string | undefined {
  if (address === undefined) return undefined;
  const octets = address.toLowerCase().replaceAll("-", ":");
  const isUnicast = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(octets) && octets !== "00:00:00:00:00:00";
  if (!isUnicast) {
    errorAt(checking, at, {
      code: "invalid-address",
      message: `${at} is ${JSON.stringify(address)}, which is no hardware address of one host`,
      hint: "Write such as 02:42:ac:11:00:02.",
    });
    return undefined;
  }
  requireOne("hardware address", { at, service, checking });
  return octets;
}

/** What the kernel takes (dev_valid_name). */
function interfaceNameOf(
  name: string | undefined,
  { at, context: { checking } }: Omit<At, "service">,
): string | undefined {
  if (name === undefined || (/^[^\s/:]{1,15}$/.test(name) && !["lo", ".", ".."].includes(name))) return name;
  errorAt(checking, at, {
    code: "invalid-name",
    message: `${at} is ${JSON.stringify(name)}, which no interface can be called`,
    hint: "Use up to 15 characters without spaces, slashes and colons.",
  });
  return undefined;
}
