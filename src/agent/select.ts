/** Which replicas, or which one, a person means by a name. Pure. */
import { TallymanError } from "../model/error.ts";
import type { Replica } from "./replica.ts";

/**
 * A name is a stack (`hello`), a service of it (`hello/web`), a container (`hello-web-1`) or the beginning of an id.
 * @throws TallymanError `NO_SUCH_CONTAINER` for a name that nothing has.
 */
export function selectReplicas(replicas: readonly Replica[], names: readonly string[]): readonly Replica[] {
  const chosen = names.map((name) => {
    const found = replicas.filter((replica) => isNamed(replica, name));
    if (found.length > 0) return found;
    const known = [...new Set(replicas.map(({ stack }) => stack).filter((stack) => stack !== undefined))];
    throw new TallymanError("NO_SUCH_CONTAINER", `there is no stack, service or container ${name}`, {
      hint:
        known.length > 0
          ? `The stacks here: ${known.join(", ")}. \`tallyman ps\` shows all.`
          : "Nothing runs here.",
    });
  });
  const wanted = new Set(chosen.flat());
  return names.length === 0 ? replicas : replicas.filter((replica) => wanted.has(replica));
}

/**
 * The one replica to work in: of a service, the running one with the lowest slot, or with slot `index`.
 * @throws TallymanError as {@link selectService}
 */
export function selectReplica(
  replicas: readonly Replica[],
  name: string,
  options: { readonly index?: number | undefined } = {},
): Replica {
  const [first, ...others] = selectService(replicas, name, options);
  return [first, ...others].find(({ state }) => state === "running") ?? first;
}

/**
 * All replicas of the one service that is meant, or the one with slot `index`.
 * @throws TallymanError `NO_SUCH_CONTAINER`; `AMBIGUOUS_NAME` where the name stands for more than one service.
 */
export function selectService(
  replicas: readonly Replica[],
  name: string,
  { index }: { readonly index?: number | undefined } = {},
): readonly [Replica, ...Replica[]] {
  const named = selectReplicas(replicas, [name]);
  const services = [...new Set(named.map(({ stack, service, id }) => (stack ? `${stack}/${service}` : id)))];
  if (services.length > 1) {
    throw new TallymanError("AMBIGUOUS_NAME", `${name} stands for ${services.join(", ")}`, {
      hint: "Name one of them.",
    });
  }
  const [first, ...others] = index === undefined ? named : named.filter(({ slot }) => slot === index);
  if (first) return [first, ...others];
  throw new TallymanError("NO_SUCH_CONTAINER", `${name} has no replica ${index}`, {
    hint: `It has ${named.map(({ slot }) => slot).join(", ")}.`,
  });
}

/** As {@link selectReplicas}, for names that need not have anything at this moment. */
export function matching(replicas: readonly Replica[], names: readonly string[]): readonly Replica[] {
  return replicas.filter((replica) => names.length === 0 || names.some((name) => isNamed(replica, name)));
}

export function isNamed(
  { stack, service, name, id }: Pick<Replica, "stack" | "service" | "name" | "id">,
  wanted: string,
): boolean {
  return (
    wanted === stack ||
    wanted === `${stack}/${service}` ||
    wanted === name ||
    (wanted.length >= 4 && id.startsWith(wanted))
  );
}
