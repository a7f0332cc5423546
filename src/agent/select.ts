/** Which replicas a person means by a name. Pure. */
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
          ? `There are the stacks ${known.join(", ")}; \`tallyman ps\` shows all.`
          : "Nothing runs here.",
    });
  });
  const wanted = new Set(chosen.flat());
  return names.length === 0 ? replicas : replicas.filter((replica) => wanted.has(replica));
}

function isNamed({ stack, service, name, id }: Replica, wanted: string): boolean {
  return (
    wanted === stack ||
    wanted === `${stack}/${service}` ||
    wanted === name ||
    (wanted.length >= 4 && id.startsWith(wanted))
  );
}
