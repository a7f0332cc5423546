/** Fixed addresses that a service asks for and cannot have. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import { familyOf } from "../model/host-address.ts";
import { contains, ipRange } from "../model/ip-range.ts";
import { isBridgeDriver, isLinkDriver, type AddressPool } from "../model/network.ts";
import { serviceRange } from "../model/service-range.ts";
import { isSpecialAddress } from "../model/special-address.ts";
import type { Service, Stack } from "../model/stack.ts";
import type { AddressHolder, Addressing } from "./addressing.ts";
import { containerName } from "./operation.ts";
import type { Desired, DesiredStack, Observed } from "./types.ts";

export interface AddressConflictInput {
  readonly desired: Desired;
  readonly observed: Observed;
  readonly addressing?: Addressing;
}

/** One for each address, at most. */
export function addressConflicts(
  { stack }: DesiredStack,
  input: AddressConflictInput,
): readonly Diagnostic[] {
  return stack.services.flatMap((service) =>
    fixedIn(service).flatMap((wish) => {
      const said = outside(wish, { stack, input }) ?? taken(wish, { stack, service, input });
      if (said === undefined) return [];
      const key = stack.networks.find(({ name }) => name === wish.network)?.key ?? wish.network;
      const path = `services.${service.name}.networks.${key}.ipv${familyOf(wish.address)}_address`;
      const place = stack.places[path] ?? stack.places[`services.${service.name}`];
      return [{ severity: "error" as const, path, ...said, ...(place !== undefined && { place }) }];
    }),
  );
}

type Said = Pick<Diagnostic, "code" | "message" | "hint">;

interface Fixed {
  readonly network: string;
  readonly address: string;
}

interface View {
  readonly stack: Stack;
  readonly service: Service;
  readonly input: AddressConflictInput;
}

function fixedIn({ container }: Service): readonly Fixed[] {
  return (container.networks ?? []).flatMap(({ network, ipv4Address, ipv6Address }) =>
    [ipv4Address ?? [], ipv6Address ?? []].flat().map((address) => ({ network, address })),
  );
}

/** Of a network that another stack makes; the loader has looked at those of the stack itself. */
function outside(
  { network, address: fixed }: Fixed,
  { stack, input }: Omit<View, "service">,
): Said | undefined {
  if (stack.networks.some(({ name, spec }) => name === network && spec !== undefined)) return undefined;
  const found = input.observed.networks.find(({ spec }) => spec.name === network);
  if (found === undefined) return undefined;
  const own = familyOf(fixed) === 4 ? found.subnet : found.subnet6;
  if (own === undefined) {
    return {
      code: "no-subnet",
      message: `${fixed} is of IPv6, which network ${network} does not have`,
      hint: "Remove it, or set enable_ipv6: true where the network is made.",
    };
  }
  const [address, subnet] = [ipRange(fixed), ipRange(own)];
  if (address === undefined || subnet === undefined) return undefined;
  if (!contains(subnet, address)) {
    return {
      code: "outside-subnet",
      message: `${fixed} is not in ${own} of network ${network}`,
      hint: "Choose it from the subnet.",
    };
  }
  const pool = found.spec.pools.find((each) => each.subnet === own);
  const { driver } = found.spec;
  const isOurs = isBridgeDriver(driver) || isLinkDriver(driver); // plugins of others know what theirs keep
  if (isOurs && isSpecialAddress(address.first, { range: subnet, pool })) {
    return {
      code: "address-taken",
      message: `${fixed} is one that network ${network} itself has, or keeps`,
      hint: "Choose another address of the subnet.",
    };
  }
  if (!isBridgeDriver(driver)) return undefined;
  if (contains(serviceRange(subnet), address) && !isInRange(fixed, pool)) {
    return {
      code: "address-taken",
      message: `${fixed} of network ${network} is in the last quarter of ${own}, which is kept for addresses of services`,
      hint: "Choose one from the first three quarters of the subnet.",
    };
  }
  return undefined;
}

function isInRange(address: string, pool: AddressPool | undefined): boolean {
  const [wanted, range] = [ipRange(address), ipRange(pool?.range ?? "")];
  return wanted !== undefined && range !== undefined && contains(range, wanted);
}

function taken({ network, address }: Fixed, view: View): Said | undefined {
  const rival = rivalOf({ network, address }, view);
  const holder = holderOf({ network, address }, view);
  const owner = rival ?? (holder && `container ${holder.name}`);
  if (owner === undefined) return undefined;
  const message = `${address} of network ${network} is that of ${owner}`;
  if (rival !== undefined || holder?.stack !== view.stack.name || serviceOf(holder, view.stack) !== undefined)
    return { code: "address-taken", message, hint: "Choose another address of the subnet." };
  return {
    code: "address-taken",
    message: `${message}, which goes when all else stands`,
    hint: `Take the service ${holder.service} away in a revision of its own first, or choose another address.`,
  };
}

/** A service of a stack that is considered before. */
function rivalOf({ network, address }: Fixed, { stack, input }: View): string | undefined {
  for (const { stack: other } of input.desired.stacks) {
    if (other.name >= stack.name) continue;
    const rival = other.services.find((service) =>
      fixedIn(service).some((wish) => wish.network === network && wish.address === address),
    );
    if (rival !== undefined) return `service ${other.name}/${rival.name}`;
  }
  return undefined;
}

/** A container that keeps it: one of another stack, or of a service that was given it and asks for none. */
function holderOf({ network, address }: Fixed, view: View): AddressHolder | undefined {
  const { stack, service, input } = view;
  const holders = input.addressing?.holders ?? [];
  return holders.find((holder) => {
    if (holder.network !== network || holder.address !== address) return false;
    if (holder.stack === undefined) return true;
    if (input.desired.absent.includes(holder.stack)) return false;
    if (holder.stack !== stack.name) return true;
    const owner = serviceOf(holder, stack);
    if (owner === undefined) return isRunning(holder, input.observed);
    return owner.name !== service.name && !isLeft({ network, address }, owner);
  });
}

/** Undefined where it has left the file. */
function serviceOf(holder: AddressHolder, { services }: Stack): Service | undefined {
  return services.find(({ name }) => name === holder.service);
}

/** What has ended gives its address to whoever starts. */
function isRunning({ name }: AddressHolder, { containers }: Observed): boolean {
  return containers.some((each) => each.state === "running" && containerName(each.stack, each) === name);
}

/** By a service that asks for another one in its place. */
function isLeft({ network, address }: Fixed, owner: Service): boolean {
  return fixedIn(owner).some(
    (wish) =>
      wish.network === network && familyOf(wish.address) === familyOf(address) && wish.address !== address,
  );
}
