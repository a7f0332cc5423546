/** Networks as they are made on the host, and what a container is on one. Plain data. */

/** What a network is to be. */
export interface NetworkSpec {
  /** On this host: `<stack>_<key>` unless the file names it. */
  readonly name: string;
  /** `bridge`, `macvlan`, `ipvlan`, or the name of a CNI configuration of the host. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  /** It has no way out, and nobody but the host gets in. */
  readonly internal: boolean;
  readonly ipv6: boolean;
  /** At most one of each family; where there is none, a subnet of the host's pools. */
  readonly pools: readonly AddressPool[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface AddressPool {
  /** A CIDR. */
  readonly subnet: string;
  /** The first address when absent. */
  readonly gateway?: string;
  /** The part of the subnet, a CIDR, that addresses of containers are chosen from. */
  readonly range?: string;
  /** Addresses that nobody is given. */
  readonly reserved: readonly string[];
  /** Addresses that only those are given who ask for them. */
  readonly fixed?: readonly string[];
}

/** A container's place on one network. */
export interface ContainerNetwork {
  /** The name of the network on this host. */
  readonly network: string;
  /** Further names of the container there. */
  readonly aliases: readonly string[];
  /** Fixed; one that is free is chosen when absent. */
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly macAddress?: string;
  /** In the container: `eth0`, `eth1`, ... when absent. */
  readonly interfaceName?: string;
}

/** Drivers that put containers on the network of a link of the host, each with Docker's name for its mode. */
export const linkDrivers = {
  macvlan: { option: "macvlan_mode", modes: ["bridge", "private", "vepa", "passthru"] },
  ipvlan: { option: "ipvlan_mode", modes: ["l2", "l3", "l3s"] },
} as const;

export type LinkDriver = keyof typeof linkDrivers;

export function isLinkDriver(driver: string): driver is LinkDriver {
  return Object.hasOwn(linkDrivers, driver);
}

/** Containers are on a bridge of ours; with any other driver on a network that is not. */
export function isBridgeDriver(driver: string): boolean {
  return ["bridge", "default", ""].includes(driver);
}

/** The link of the host, and how containers are on its network; undefined where they are not. */
export function linkOf({ driver, options }: Pick<NetworkSpec, "driver" | "options">): HostLink | undefined {
  if (!isLinkDriver(driver)) return undefined;
  const { option, modes } = linkDrivers[driver];
  return { driver, parent: options[parentOption] ?? "", mode: options[option] ?? modes[0] };
}

export interface HostLink {
  readonly driver: LinkDriver;
  /** Of the host. */
  readonly parent: string;
  readonly mode: string;
}

/** Containers stay where they are when the one becomes the other. */
export function isSameDriver(one: string, other: string): boolean {
  return one === other || (isBridgeDriver(one) && isBridgeDriver(other));
}

/** Docker's name for the link of the host. */
export const parentOption = "parent";

/** Docker's name for the size of the largest packet. */
export const mtuOption = "com.docker.network.driver.mtu";

/** The network, of which there is one, that containers join where nothing is said: Docker's name for its own. */
export const defaultNetwork = "bridge";
