/** How a container finds others by name, besides what its networks know. Plain data. */

/** What is absent is as the host has it. */
export interface NameLookup {
  /** Who is asked for names that are not of its networks: IP addresses. */
  readonly servers?: readonly string[];
  /** Domains that a name is looked for in; empty: in none. */
  readonly search?: readonly string[];
  /** As in resolv.conf(5): `ndots:2`. */
  readonly options?: readonly string[];
  /** Names that it alone has for others on its networks, with what those are called there. */
  readonly links?: Readonly<Record<string, string>>;
  /** Further lines of its /etc/hosts. */
  readonly hosts?: readonly HostEntry[];
}

export interface HostEntry {
  readonly name: string;
  /** An IP address, or {@link hostGateway}. */
  readonly address: string;
}

/** Docker's word for the address at which a container reaches the host. */
export const hostGateway = "host-gateway";
