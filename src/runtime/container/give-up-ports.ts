/** Ports that plugins of CNI lead to a container: whoever else of the host got them would not be reached. */
import type { RuntimePaths } from "../types.ts";
import type { Engine } from "./engine.ts";
import { foldersOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord, type ContainerRecord } from "./record.ts";
import { observe } from "./status.ts";

/**
 * Given up where it was stopped to stay so. With them goes its network namespace: while somebody else is in there, or
 * is to find it again, they stay. Safe to repeat, by whoever comes after one that was killed.
 */
export async function giveUpPorts(
  { paths, network }: { readonly paths: RuntimePaths; readonly network: Pick<Engine["network"], "detach"> },
  record: ContainerRecord,
): Promise<void> {
  const { id, stopped, resumes = false, ports = [] } = record;
  if (!ports.some(({ byPlugins }) => byPlugins) || !stopped || resumes) return;
  if (observe(paths, record).state !== "exited") return;
  if (!isShared(id, recordsIn(paths), (other) => observe(paths, other).state === "exited"))
    await network.detach(id);
}

/** Also by way of one that has ended. */
function isShared(
  id: ContainerRecord["id"],
  records: readonly ContainerRecord[],
  hasEnded: (record: ContainerRecord) => boolean,
): boolean {
  return records
    .filter(({ joins }) => joins?.network === id)
    .some((guest) => !hasEnded(guest) || isShared(guest.id, records, hasEnded));
}

function recordsIn(paths: RuntimePaths): readonly ContainerRecord[] {
  return idsIn(foldersOf(paths).containers).flatMap((id) => {
    const found = readRecord(paths, id);
    return found.kind === "record" ? [found.record] : [];
  });
}
