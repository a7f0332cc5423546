/** Whether a container is kept from the host otherwise than a new one would be. Pure. */
import type { ContainerRecord } from "../container/record.ts";
import { wantedIsolation, type IsolationDefaults } from "./decide-isolation.ts";

/** So it is where the configuration has changed since it was made: nothing of this changes but with a new container. */
export function hasOtherIsolation(
  { spec, isolation }: Pick<ContainerRecord, "spec" | "isolation">,
  defaults: IsolationDefaults,
): boolean {
  const { userNamespace, noNewPrivileges } = wantedIsolation(spec, defaults);
  return userNamespace !== (isolation.ids !== undefined) || noNewPrivileges !== isolation.noNewPrivileges;
}
