/** What `down` has not taken away, as its user calls it. Pure. */
import type { StackName } from "../../model/ids.ts";
import { containerName } from "../../reconcile/operation.ts";
import type { Observed } from "../../reconcile/types.ts";

/**
 * Judged by what is seen last: an attempt may have failed, and the next one succeeded. A network that containers of
 * another stack are on is theirs, too: it stays, and that is no failure.
 */
export function notGone(
  absent: readonly StackName[],
  { containers, networks }: Pick<Observed, "containers" | "networks">,
): readonly string[] {
  const left = containers.filter(({ stack }) => absent.includes(stack));
  const shared = new Set(
    containers.filter((each) => !left.includes(each)).flatMap((container) => container.networks ?? []),
  );
  const kept = networks.filter(
    ({ spec, stack }) => stack !== undefined && absent.includes(stack) && !shared.has(spec.name),
  );
  return [
    ...left.map((each) => containerName(each.stack, each)),
    ...kept.map(({ spec }) => `network ${spec.name}`),
  ];
}
