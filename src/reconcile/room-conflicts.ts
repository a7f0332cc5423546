/** Networks with fewer addresses than containers that are to be on them. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import { entryOf } from "../model/entry-of.ts";
import { ipRange } from "../model/ip-range.ts";
import type { ServiceName } from "../model/ids.ts";
import type { AddressPool } from "../model/network.ts";
import { serviceRange } from "../model/service-range.ts";
import { hashService } from "../model/spec-hash.ts";
import type { Service, Stack } from "../model/stack.ts";
import { boundsOf } from "./step/bounds.ts";
import { startsFirst } from "./step/starts-first.ts";
import type { Desired, DesiredStack, Observed, ObservedContainer } from "./types.ts";

export interface RoomConflictInput {
  readonly desired: Desired;
  readonly observed: Observed;
}

/** A network without a subnet of its own choice is looked at once it has one. */
export function roomConflicts({ stack }: DesiredStack, input: RoomConflictInput): readonly Diagnostic[] {
  return stack.networks.flatMap(({ key, name, spec }): readonly Diagnostic[] => {
    const made = input.observed.networks.find((network) => network.spec.name === name);
    const [pool] = (spec ?? made?.spec)?.pools.filter(({ subnet }) => !subnet.includes(":")) ?? [];
    const subnet = pool?.subnet ?? made?.subnet;
    const wanted = wantedOn(name, stack, input);
    const room = subnet === undefined ? undefined : roomIn(subnet, pool);
    if (room === undefined) return [];
    const extra = wanted > room ? 0 : extraOn(name, stack, { ...input, left: room - wanted });
    if (wanted + extra <= room) return [];
    const more = extra === 0 ? "" : `, with ${extra} more while they are updated`;
    const path = `networks.${key}`;
    const members = stack.services.filter((service) => isOn(service, name));
    const [first] = members;
    const fewer = members.some(({ schedule }) => schedule)
      ? "run fewer replicas, or keep fewer runs (x-schedule.history)"
      : "run fewer replicas";
    const place = stack.places[path] ?? stack.places[`services.${first?.name ?? ""}`];
    return [
      {
        severity: "error",
        code: "subnet-exhausted",
        message: `${subnet} of network ${name} has ${room} addresses for containers, and ${wanted} are to be on it${more}`,
        hint:
          extra === 0
            ? `Give it a larger subnet or ip_range under ipam.config, or ${fewer}.`
            : "Give it a larger subnet or ip_range under ipam.config, or update with order: stop-first.",
        path,
        ...(place !== undefined && { place }),
      },
    ];
  });
}

/** Containers of this stack, of those before it, and of those that nobody plans. */
function wantedOn(name: string, stack: Stack, { desired, observed }: RoomConflictInput): number {
  const planned = new Set<string>([...desired.stacks.map((each) => each.stack.name), ...desired.absent]);
  const others = observed.containers.filter(
    (container) => !planned.has(container.stack) && container.networks?.includes(name) === true,
  );
  const wanted = desired.stacks
    .filter((each) => each.stack.name <= stack.name)
    .flatMap((each) => each.stack.services.filter((service) => isOn(service, name)));
  return wanted.reduce((sum, service) => sum + containersOf(service), others.length);
}

/** What has a schedule has one run, and those that have ended and are kept keep their addresses. */
function containersOf({ replicas, schedule }: Service): number {
  return schedule === undefined ? replicas : 1 + schedule.history.succeeded + schedule.history.failed;
}

/**
 * Those that an update of this stack surely starts before others stop. Services that depend on each other come one
 * after the other, as a rule: of those it is the most that one of them starts.
 */
function extraOn(
  name: string,
  { name: stackName, services }: Stack,
  { observed, left }: RoomConflictInput & { readonly left: number },
): number {
  const all = services.map((service) => ({ service }));
  const surges = services
    .filter((service) => isOn(service, name))
    .map((service) => {
      const containers = observed.containers.filter(
        (container) => container.stack === stackName && container.service === service.name,
      );
      const { surge } = boundsOf(service, startsFirst({ service, containers }, all));
      return { service, containers, surge };
    });
  const chains = chainsOf(services);
  if (largestOfEach(chains, surges) <= left) return 0;
  return largestOfEach(
    chains,
    surges.filter((each) => isUpdated(each, observed)),
  );
}

interface Surge {
  readonly service: Service;
  readonly containers: readonly ObservedContainer[];
  readonly surge: number;
}

function largestOfEach(chains: ReadonlyMap<ServiceName, ServiceName>, surges: readonly Surge[]): number {
  const largest = new Map<ServiceName | undefined, number>();
  for (const { service, surge } of surges) {
    const chain = chains.get(service.name);
    largest.set(chain, Math.max(largest.get(chain) ?? 0, surge));
  }
  return [...largest.values()].reduce((sum, surge) => sum + surge, 0);
}

/** The same name for services that depend on each other, directly or by others. */
function chainsOf(services: readonly Service[]): ReadonlyMap<ServiceName, ServiceName> {
  const chains = new Map(services.map(({ name }) => [name, name]));
  for (const { name, dependsOn } of services) {
    for (const { service } of dependsOn) {
      const [one, other] = [chains.get(name) ?? name, chains.get(service) ?? service];
      for (const [each, chain] of chains) if (chain === other) chains.set(each, one);
    }
  }
  return chains;
}

/** One of its containers is to be replaced, as far as is known before its image is. */
function isUpdated({ service, containers }: Surge, { images }: Observed): boolean {
  const image = entryOf(images, service.container.image);
  const wanted = image && hashService(service, image.digest);
  return containers.some(({ specHash }) => specHash !== wanted);
}

/** Whoever asks for an address there has it, and takes none of the others. */
function isOn({ container: { networks = [] } }: Service, name: string): boolean {
  return networks.some(({ network, ipv4Address }) => network === name && ipv4Address === undefined);
}

/** Undefined for what is no subnet of IPv4. The last quarter is kept for addresses of services. */
function roomIn(subnet: string, pool: AddressPool | undefined): number | undefined {
  const all = ipRange(subnet);
  if (all?.family !== 4) return undefined;
  const given = ipRange(pool?.range ?? "") ?? { ...all, last: serviceRange(all).first - 1n };
  const gateway = ipRange(pool?.gateway ?? "")?.first ?? all.first + 1n;
  const kept = [...(pool?.reserved ?? []), ...(pool?.fixed ?? [])].flatMap(
    (address) => ipRange(address)?.first ?? [],
  );
  const holes = new Set([all.first, all.last, gateway, ...kept]);
  const taken = [...holes].filter((hole) => hole >= given.first && hole <= given.last).length;
  return Number(given.last - given.first + 1n) - taken;
}
