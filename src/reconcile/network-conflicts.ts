/** Networks that a stack asks for and cannot have. Pure. */
import { nearest } from "../model/nearest.ts";
import { placeOf } from "../model/places.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isIPv6Address } from "../model/host-address.ts";
import { ipRange, overlap } from "../model/ip-range.ts";
import {
  defaultNetwork,
  isBridgeDriver,
  isLinkDriver,
  linkDrivers,
  linkOf,
  parentOption,
} from "../model/network.ts";
import type { Stack, StackNetwork } from "../model/stack.ts";
import type { Addressing } from "./addressing.ts";
import { subnetsOf, unchangeable } from "./network-in-use.ts";
import type { Desired, DesiredStack, Observed, ObservedNetwork } from "./types.ts";

interface World {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly addressing?: Addressing;
  /** Stacks that become what they are desired to be. */
  readonly moving: readonly Stack[];
}

/** One for each network, at most. */
export function networkConflicts({ stack }: DesiredStack, world: World): readonly Diagnostic[] {
  return stack.networks.flatMap((network) => {
    const said = conflictOf(network, { ...world, name: stack.name });
    if (said === undefined) return [];
    const { field, ...rest } = said;
    const path = `networks.${network.key}`;
    const place = placeOf(stack.places, `${path}${field}`) ?? stack.places["services"];
    return [{ severity: "error", path, ...rest, ...(place !== undefined && { place }) }];
  });
}

interface Said extends Pick<Diagnostic, "code" | "message" | "hint"> {
  /** Below the network in the file. */
  readonly field: string;
}

interface View extends World {
  /** Of the stack. */
  readonly name: string;
}

function conflictOf(network: StackNetwork, view: View): Said | undefined {
  if (network.spec === undefined) return missing(network, view);
  return (
    taken(network, view) ??
    inUse(network, view) ??
    unknownDriver(network, view) ??
    withoutParent(network, view) ??
    withoutIPv6(network, view) ??
    subnetTaken(network, view) ??
    routed(network, view) ??
    exhausted(network, view)
  );
}

function missing({ name }: StackNetwork, { desired, observed, moving }: View): Said | undefined {
  if (name === defaultNetwork || find(observed, name) !== undefined) return undefined;
  if (moving.some(({ networks }) => makes(networks, name))) return undefined;
  const maker = desired.stacks.find(({ stack }) => makes(stack.networks, name))?.stack.name;
  const common = { code: "missing-network", field: ".external" };
  if (maker === undefined) {
    const message = `there is no network ${name}, which is external`;
    return { ...common, message, hint: "Bring the stack up that makes it, or remove external." };
  }
  const message = `there is no network ${name}: stack ${maker}, which makes it, is left as it is`;
  return { ...common, message, hint: `Mend stack ${maker} first, or let it go on.` };
}

function taken({ name }: StackNetwork, view: View): Said | undefined {
  const rival = view.desired.stacks.find(({ stack }) => stack.name < view.name && makes(stack.networks, name))
    ?.stack.name;
  const owner = find(view.observed, name)?.stack;
  const holder = rival ?? (owner === view.name || isLeaving(owner, view) ? undefined : owner);
  if (holder === undefined) return undefined;
  return {
    code: "network-taken",
    message: `the network ${name} is that of stack ${holder}`,
    hint: "Give it another name, or set external: true to join that one.",
    field: ".name",
  };
}

function inUse({ name, spec }: StackNetwork, { observed }: View): Said | undefined {
  const found = find(observed, name);
  if (found === undefined || spec === undefined || !isJoined(name, observed)) return undefined;
  const change = unchangeable(spec, found);
  if (change === undefined) return undefined;
  const { field, before, after } = change;
  return {
    code: "network-in-use",
    message: `the network ${name} ${before}, and containers; it cannot ${after}`,
    hint: "Take the stack down first.",
    field,
  };
}

function withoutIPv6({ name, spec }: StackNetwork, { addressing }: View): Said | undefined {
  if (spec?.ipv6 !== true || addressing?.hasIPv6 !== false) return undefined;
  return {
    code: "no-ipv6",
    message: `the network ${name} is to have IPv6, which is disabled on this host`,
    hint: "Enable it (sysctl -w net.ipv6.conf.all.disable_ipv6=0), or remove enable_ipv6.",
    field: ".enable_ipv6",
  };
}

/** What is no driver of ours is the name of a CNI configuration of the host. */
function unknownDriver({ name, spec }: StackNetwork, { addressing }: View): Said | undefined {
  const { driver = "" } = spec ?? {};
  if (addressing === undefined || isBridgeDriver(driver) || isLinkDriver(driver)) return undefined;
  const cniNetworks = addressing.cniNetworks.map((each) => each.name);
  if (cniNetworks.includes(driver)) return undefined;
  const known = ["bridge", "host", "none", ...Object.keys(linkDrivers), ...cniNetworks].join(", ");
  return {
    code: "unknown-driver",
    message: `network ${name} has the driver ${driver}, and the host has no CNI configuration of that name`,
    hint: `Write one of ${known}, or put a configuration that is called ${driver} into /etc/cni/net.d.`,
    field: ".driver",
  };
}

/** One that containers are on has had it; that one is named at all, the loader has looked at. */
function withoutParent({ name, spec }: StackNetwork, { observed, addressing }: View): Said | undefined {
  const { driver, parent = "" } = (spec && linkOf(spec)) ?? {};
  if (parent === "" || addressing === undefined || isJoined(name, observed)) return undefined;
  if (addressing.links.includes(parent)) return undefined;
  const meant = nearest(parent, addressing.links);
  return {
    code: "missing-parent",
    message: `network ${name} has the driver ${driver} on ${parent}, and the host has no such link`,
    hint: meant === undefined ? "`ip link` lists those that there are." : `Did you mean \`${meant}\`?`,
    field: `.driver_opts.${parentOption}`,
  };
}

function subnetTaken({ name, spec }: StackNetwork, view: View): Said | undefined {
  const subnets = (spec?.pools ?? []).map(({ subnet }) => subnet);
  const made = view.observed.networks
    .filter((other) => other.spec.name !== name && !isLeaving(other.stack, view))
    .flatMap((other) => subnetsOf(other).map((subnet) => ({ name: other.spec.name, subnet })));
  const wanted = view.desired.stacks
    .filter(({ stack }) => stack.name < view.name)
    .flatMap(({ stack }) => stack.networks)
    .flatMap((other) => (other.spec?.pools ?? []).map(({ subnet }) => ({ name: other.name, subnet })));
  for (const subnet of subnets) {
    const other = [...wanted, ...made].find((each) => each.name !== name && meet(each.subnet, subnet));
    if (other === undefined) continue;
    return {
      code: "subnet-taken",
      message: `${subnet} of network ${name} overlaps ${other.subnet} of network ${other.name}`,
      hint: "Give it another subnet.",
      field: ".ipam",
    };
  }
  return undefined;
}

/** One that containers are on keeps its subnet, whatever routes have come since; that of a link is there. */
function routed({ name, spec }: StackNetwork, { observed, addressing }: View): Said | undefined {
  if (isJoined(name, observed) || !isBridgeDriver(spec?.driver ?? "")) return undefined;
  for (const { subnet } of spec?.pools ?? []) {
    const route = addressing?.routes.find(({ destination }) => meet(destination, subnet));
    if (route === undefined) continue;
    const link = route.link === "" ? "" : ` by ${route.link}`;
    return {
      code: "subnet-taken",
      message: `${subnet} of network ${name} overlaps the host's route to ${route.destination}${link}`,
      hint: "Give it another subnet, or none: then one is chosen that is free.",
      field: ".ipam",
    };
  }
  return undefined;
}

/** What goes in the same plan makes no room in it: networks are made first. */
function exhausted({ name, spec }: StackNetwork, { desired, observed, addressing }: View): Said | undefined {
  if (addressing === undefined || !needsSubnet(spec, observed)) return undefined;
  const needed = desired.stacks
    .toSorted((a, b) => (a.stack.name < b.stack.name ? -1 : 1))
    .flatMap(({ stack }) => stack.networks)
    .filter((network) => needsSubnet(network.spec, observed))
    .map((network) => network.name);
  if (needed.indexOf(name) < addressing.freeSubnets) return undefined;
  return {
    code: "pool-exhausted",
    message: `there is no free subnet for network ${name} in ${addressing.pools.join(", ")}`,
    hint: "Remove networks (`tallyman network prune`), or give more network.pools in the configuration.",
    field: "",
  };
}

function needsSubnet(spec: StackNetwork["spec"], observed: Observed): boolean {
  return (
    spec !== undefined &&
    isBridgeDriver(spec.driver) &&
    spec.pools.every(({ subnet }) => isIPv6Address(subnet)) &&
    find(observed, spec.name) === undefined
  );
}

function isJoined(name: string, { containers }: Observed): boolean {
  return containers.some(({ networks }) => networks?.includes(name) === true);
}

function makes(networks: readonly StackNetwork[], name: string): boolean {
  return networks.some((network) => network.name === name && network.spec !== undefined);
}

function find({ networks }: Observed, name: string): ObservedNetwork | undefined {
  return networks.find(({ spec }) => spec.name === name);
}

function isLeaving(stack: ObservedNetwork["stack"], { desired }: View): boolean {
  return stack !== undefined && desired.absent.includes(stack);
}

function meet(one: string, other: string): boolean {
  const [a, b] = [ipRange(one), ipRange(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}
