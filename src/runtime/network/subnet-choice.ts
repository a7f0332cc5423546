/** Which subnets a network gets on this host: those that it asks for, those that it has, or some that are free. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeOf, TallymanError } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import type { Family } from "../../model/ip-range.ts";
import {
  defaultNetwork,
  isBridgeDriver,
  isLinkDriver,
  isSameDriver,
  linkOf,
  type NetworkSpec,
} from "../../model/network.ts";
import type { Instance } from "../instance.ts";
import type { NetworkSettings } from "../settings.ts";
import { hostRoutes } from "./bridge.ts";
import { subnetsOf, type HostNetwork } from "./host-network.ts";
import { localSubnet } from "./local-subnet.ts";
import type { NetworkRecord } from "./network-record.ts";
import { chooseSubnet, subnetsOverlap, unknownSubnet } from "./subnet.ts";

export interface SubnetChoiceOptions {
  readonly instance: Instance;
  readonly settings: NetworkSettings;
  /** All of ours. */
  readonly networks: () => Promise<readonly HostNetwork[]>;
}

export type Subnets = Pick<NetworkRecord, "subnet" | "subnet6">;

interface Before {
  readonly before: NetworkRecord | undefined;
  /** Containers are on it: it keeps what it has. */
  readonly inUse: boolean;
}

export class SubnetChoice {
  readonly #options: SubnetChoiceOptions;

  constructor(options: SubnetChoiceOptions) {
    this.#options = options;
  }

  /** Throws NETWORK_IN_USE, SUBNET_TAKEN, NO_FREE_SUBNET, NO_IPV6. */
  async subnetsFor(spec: NetworkSpec, { before, inUse }: Before): Promise<Subnets> {
    if (before && inUse) requireSame(spec, before.spec);
    if (!isBridgeDriver(spec.driver) && !isLinkDriver(spec.driver)) return { subnet: unknownSubnet };
    const subnet = await this.#subnetFor(spec, { before: knownSubnet(before), inUse, family: 4 });
    const isLeft = before !== undefined && inUse && before.subnet6 === undefined; // it was made without
    if (!spec.ipv6 || isLeft) return { subnet };
    return {
      subnet,
      subnet6: await this.#subnetFor(spec, { before: before?.subnet6, inUse, family: 6 }),
    };
  }

  /** `wish`, if it is free. */
  async freeSubnet(name: string, wish: string | undefined, family: Family = 4): Promise<string> {
    const taken = await this.#taken(name);
    if (wish !== undefined && !taken.some((other) => subnetsOverlap(wish, other))) return wish;
    const { settings, instance } = this.#options;
    return family === 4
      ? chooseSubnet(settings.pools, { taken, start: startFor(instance, name) })
      : localSubnet({ host: `${machineId()} ${instance.id}`, network: name, taken });
  }

  async #subnetFor(
    spec: NetworkSpec,
    {
      before,
      inUse,
      family,
    }: { readonly before: string | undefined; readonly inUse: boolean; readonly family: Family },
  ): Promise<string> {
    const wanted = spec.pools.find(({ subnet }) => familyOf(subnet) === family)?.subnet;
    if (before !== undefined && inUse) {
      if (wanted === undefined || wanted === before) return before;
      throw new TallymanError(
        "NETWORK_IN_USE",
        `network ${spec.name} has the subnet ${before}, and containers`,
        {
          hint: "Take its stack down first; then it can have another subnet.",
        },
      );
    }
    if (wanted === undefined) return this.freeSubnet(spec.name, before, family);
    if (isLinkDriver(spec.driver)) return wanted; // that of the link, to which the host has a route
    const taken = (await this.#taken(spec.name)).find((other) => subnetsOverlap(wanted, other));
    if (taken === undefined) return wanted;
    throw new TallymanError(
      "SUBNET_TAKEN",
      `${wanted} of network ${spec.name} overlaps ${taken} of this host`,
      { hint: "Give the network another subnet under ipam.config." },
    );
  }

  /** Routes of the host that do not lead to our bridges, and the subnets of our other networks. */
  async #taken(name: string): Promise<readonly string[]> {
    const networks = await this.#options.networks();
    const ours = new Set([this.#options.instance.bridge, ...networks.map(({ bridge }) => bridge)]);
    const routes = (await hostRoutes()).filter(({ link }) => !ours.has(link));
    const others = networks.filter((network) => network.name !== name).flatMap(subnetsOf);
    return [...routes.map(({ destination }) => destination), ...others.map(({ cidr }) => cidr)];
  }
}

/** What containers that are on it would have to leave it for. */
function requireSame(wanted: NetworkSpec, { name, ...had }: NetworkSpec): void {
  const refuse = (what: string): never => {
    throw new TallymanError("NETWORK_IN_USE", `network ${name} ${what}, and containers`, {
      hint: "Take its stack down first; then it can have it otherwise.",
    });
  };
  if (!isSameDriver(wanted.driver, had.driver)) refuse(`has the driver ${had.driver}`);
  const [link, hadLink] = [linkOf(wanted), linkOf(had)];
  if (link?.parent !== hadLink?.parent) refuse(`has the parent ${hadLink?.parent}`);
  if (link?.mode !== hadLink?.mode) refuse(`has the mode ${hadLink?.mode}`);
  if (wanted.ipv6 !== had.ipv6) refuse(`has ${wanted.ipv6 ? "no " : ""}IPv6`);
}

/** A network of a CNI configuration had none. */
function knownSubnet(before: NetworkRecord | undefined): string | undefined {
  return before?.subnet === unknownSubnet ? undefined : before?.subnet;
}

function startFor({ id }: Instance, name: string): number {
  if (name === defaultNetwork) return id === "" ? 0 : Number.parseInt(id, 16);
  const digits = createHash("sha256").update(`${id}/${name}`).digest("hex");
  return Number.parseInt(digits.slice(0, 8), 16);
}

/** Empty where the host has none: see machine-id(5). */
function machineId(): string {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
