/** Whether two services of a mix would have what neither revision has them share. Pure. */
import type { ServiceName } from "../../model/ids.ts";
import { portsMeet } from "../../model/route.ts";
import type { PublishedPort, Service, Stack } from "../../model/stack.ts";

/** A port of the host, a fixed address, or what both write to. */
export function hasClash(mix: Stack, files: readonly Stack[]): boolean {
  const known = files.map((file) => new Map(claimsOf(file)));
  const areShared = (names: readonly ServiceName[], claim: Claim): boolean =>
    known.some((claims) =>
      names.every((name) => claims.get(name)?.some((each) => meet(each, claim)) === true),
    );
  const units = claimsOf(mix);
  return units.some(([one, claims]) =>
    units.some(([other, others]) =>
      claims.some((claim) => others.some((each) => meet(each, claim)) && !areShared([one, other], claim)),
    ),
  );
}

type Claim = PublishedPort | string;

/** Of each service, with what prepares its start. */
function claimsOf({ services }: Stack): readonly (readonly [ServiceName, readonly Claim[]])[] {
  const byUnit = Map.groupBy(services, ({ name, prepares = name }) => prepares);
  return [...byUnit].map(([name, unit]) => [name, unit.flatMap(claimsOfService)] as const);
}

function claimsOfService({ ports, container }: Service): readonly Claim[] {
  const { networks = [], mounts } = container;
  const addresses = networks.flatMap(({ network, ipv4Address, ipv6Address }) =>
    [ipv4Address, ipv6Address].flatMap((address) => (address === undefined ? [] : `${network} ${address}`)),
  );
  const written = mounts.flatMap((mount) => {
    if (mount.kind === "tmpfs" || mount.readOnly) return [];
    const source = mount.kind === "bind" ? mount.source : mount.volume;
    return source === undefined ? [] : `${mount.kind} ${source}`;
  });
  return [...ports.filter(({ hostPort }) => hostPort !== 0), ...addresses, ...written];
}

function meet(one: Claim, other: Claim): boolean {
  return typeof one === "string" || typeof other === "string" ? one === other : portsMeet(one, other);
}
