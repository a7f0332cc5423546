/** What `down` has not taken away, as its user calls it. Pure. */
import type { StackName } from "../../model/ids.ts";
import { containerName } from "../../reconcile/operation.ts";
import type { Observed, ObservedNetwork } from "../../reconcile/types.ts";

type Seen = Pick<Observed, "containers" | "networks">;

/**
 * Judged by what is seen last: an attempt may have failed, and the next one succeeded. A network that containers of
 * another stack are on is theirs, too: it stays, and that is no failure.
 */
export function notGone(absent: readonly StackName[], seen: Seen): readonly string[] {
  const left = seen.containers.filter(({ stack }) => absent.includes(stack));
  const networks = networksOf(absent, seen).filter((network) => usersOf(network, absent, seen).length === 0);
  return [
    ...left.map((each) => containerName(each.stack, each)),
    ...networks.map(({ spec }) => `network ${spec.name}`),
  ];
}

/** A line for each network that stays for others. */
export function staysForOthers(absent: readonly StackName[], seen: Seen): readonly string[] {
  return networksOf(absent, seen).flatMap((network) => {
    const users = usersOf(network, absent, seen);
    if (users.length === 0) return [];
    const [who, end] =
      users.length === 1
        ? ["stack", "is on it; it goes with that one"]
        : ["stacks", "are on it; it goes with the last"];
    return [`Network ${network.spec.name} stays: ${who} ${users.join(", ")} ${end}.`];
  });
}

function networksOf(absent: readonly StackName[], { networks }: Seen): readonly ObservedNetwork[] {
  return networks.filter(({ stack }) => stack !== undefined && absent.includes(stack));
}

function usersOf(
  { spec }: ObservedNetwork,
  absent: readonly StackName[],
  { containers }: Seen,
): readonly StackName[] {
  const others = containers.filter(({ stack }) => !absent.includes(stack));
  const users = others.filter(({ networks }) => networks?.includes(spec.name) === true);
  return [...new Set(users.map(({ stack }) => stack))].sort();
}
