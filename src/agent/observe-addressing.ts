/** What the host has to give of addresses; not looked at where no stack asks for any. Takes no lock. */
import type { Addressing } from "../reconcile/addressing.ts";
import type { Desired, Observed } from "../reconcile/types.ts";
import type { ContainerStatus, RuntimeReader } from "../runtime/types.ts";
import { membershipOf } from "./labels.ts";

export async function observeAddressing(
  runtime: Pick<RuntimeReader, "addressing" | "list">,
  { desired, observed }: { readonly desired: Desired; readonly observed: Observed },
): Promise<Addressing | undefined> {
  const used = new Set(observed.containers.flatMap(({ networks = [] }) => networks));
  const makesNetworks = desired.stacks.some(({ stack }) =>
    stack.networks.some(({ name, spec }) => spec !== undefined && !used.has(name)),
  );
  const fixesAddresses = desired.stacks.some(({ stack }) =>
    stack.services.some(({ container }) =>
      container.networks?.some(({ ipv4Address, ipv6Address }) => (ipv4Address ?? ipv6Address) !== undefined),
    ),
  );
  if (!makesNetworks && !fixesAddresses) return undefined;
  const [room, statuses] = await Promise.all([runtime.addressing(), runtime.list()]);
  return { ...room, holders: statuses.flatMap(holdersIn) };
}

function holdersIn(status: ContainerStatus): Addressing["holders"] {
  const { stack, service } = membershipOf(status) ?? {};
  return status.networks.flatMap(({ network, addresses }) =>
    addresses.map((address) => ({
      network,
      address,
      name: status.name,
      ...(stack && { stack }),
      ...(service && { service }),
    })),
  );
}
