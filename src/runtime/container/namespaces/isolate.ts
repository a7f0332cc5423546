/** What a new container gets of isolation, with whose user namespace. */
import { TallymanError } from "../../../model/error.ts";
import { containerIds } from "../../isolation/container-ids.ts";
import { decideIsolation } from "../../isolation/decide-isolation.ts";
import type { CreateRequest } from "../../types.ts";
import type { Engine } from "../engine.ts";
import { requireRecord, type RecordedIsolation } from "../record.ts";

/**
 * Who shares a namespace of another container shares that one's user namespace, too, for it is what rights over the
 * shared one are of. Throws ISOLATION_CONFLICT.
 */
export function isolate(
  { paths, settings }: Pick<Engine, "paths" | "settings">,
  { spec, joins = {} }: Pick<CreateRequest, "spec" | "joins">,
): RecordedIsolation {
  const { userNamespace, noNewPrivileges } = decideIsolation(spec, settings.security);
  if (!userNamespace) return { noNewPrivileges };
  const joined = [...new Set(Object.values(joins))].map((id) => requireRecord(paths, id));
  const owners = joined.map(
    ({ id, isolation: { ids, sharedWith } }) => ids && { ids, owner: sharedWith ?? id },
  );
  const [first] = owners;
  if (joined.length === 0) return { noNewPrivileges, ids: containerIds() };
  if (first && owners.every((other) => other?.owner === first.owner)) {
    return { noNewPrivileges, ids: first.ids, sharedWith: first.owner };
  }
  const names = joined.map(({ name }) => name).join(" and ");
  throw new TallymanError(
    "ISOLATION_CONFLICT",
    `a user namespace and the namespaces of ${names} exclude each other: they are not of one user namespace`,
    { hint: "Write `userns_mode: host` for this service, or give the others a user namespace." },
  );
}
