/** What the host has to give of addresses, as far as a plan has to know. Plain data. */
import type { ServiceName, StackName } from "../model/ids.ts";

export interface Addressing {
  /** Those of the host that do not lead to networks of ours. */
  readonly routes: readonly HostRoute[];
  /** CIDRs that subnets are taken from for networks that name none. */
  readonly pools: readonly string[];
  /** How many more of these there are. */
  readonly freeSubnets: number;
  /** Links of the host can have addresses of IPv6. */
  readonly hasIPv6: boolean;
  /** Names of the links of the host. */
  readonly links: readonly string[];
  /** CNI configurations of the host. */
  readonly cniNetworks: readonly CniNetwork[];
  readonly holders: readonly AddressHolder[];
}

export interface CniNetwork {
  readonly name: string;
  /** Its plugins can lead ports of the host to containers. */
  readonly leadsPorts: boolean;
}

export interface HostRoute {
  /** An address or CIDR. */
  readonly destination: string;
  /** Empty where it leads nowhere. */
  readonly link: string;
}

/** A container that has an address on a network. */
export interface AddressHolder {
  readonly network: string;
  readonly address: string;
  /** Of the container. */
  readonly name: string;
  /** Absent where no stack made it. */
  readonly stack?: StackName;
  readonly service?: ServiceName;
}
