/** Takes a container away, with all that was made for it. */
import type { ContainerId } from "../../model/ids.ts";
import { unpinNamespace } from "../../sys/pinned-namespace.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { isDiskFull } from "../disk-full.ts";
import { recordEvent } from "../events/journal.ts";
import { releaseVolumes } from "./anonymous-volumes.ts";
import type { RemoveOptions } from "../types.ts";
import type { Engine } from "./engine.ts";
import { forgetFailed, keepFailed } from "./failed.ts";
import { eventContainer } from "./event-container.ts";
import { layoutOf } from "./layout.ts";
import { readRecord, writeRecord, type ContainerRecord } from "./record.ts";
import { removeSharedIpc } from "./namespaces/shared-ipc.ts";
import { killContainer } from "./stop.ts";
import { tearDown } from "./tear-down.ts";
import { witness } from "./monitor/witness.ts";

/**
 * No error where there is nothing. Its intent is recorded first and the record goes last, so that whoever comes after
 * a crash, at whatever point, finishes it by calling this again.
 */
export async function removeContainer(
  engine: Engine,
  id: ContainerId,
  options: RemoveOptions = {},
): Promise<void> {
  const layout = layoutOf(engine.paths, id);
  const found = readRecord(engine.paths, id);
  const isKept = options.hasFailed === true || (found.kind === "record" && found.record.hasFailed === true);
  if (found.kind === "record") {
    await recordIntent(engine, { ...found.record, removing: true, hasFailed: isKept });
    await killContainer(engine, found.record);
    witness(engine.paths, id);
  }
  if (found.kind !== "record" || found.record.spec.network === "bridge") {
    await engine.names.leave(id);
    await engine.network.detach(id);
  }
  await engine.ports.release(id);
  await tearDown(engine, id);
  await removeSharedIpc(layout.ipc);
  await unpinNamespace(layout.userNamespace);
  if (found.kind === "record") await leaveTraces(engine, found.record, isKept);
  await removeTree(layout.home);
  await releaseVolumes(engine.paths, found.kind === "record" ? found.record : { id });
}

/** Of a name, what is kept stays until one of that name goes that was there for somebody. */
async function leaveTraces({ paths }: Engine, record: ContainerRecord, isKept: boolean): Promise<void> {
  if (wasMade(record)) recordEvent(paths.dataDir, { kind: "remove", container: eventContainer(record) });
  if (isKept) await keepFailed(paths, record);
  else if (wasMade(record)) await forgetFailed(paths, record.name);
}

/** Not where the disk is full: to remove is what makes room there, and can be begun anew without the note. */
async function recordIntent(engine: Engine, record: ContainerRecord): Promise<void> {
  try {
    await writeRecord(engine.paths, record);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** One whose creation failed or was interrupted has never been there for anybody. */
function wasMade({ run, lastExit }: ContainerRecord): boolean {
  return run !== undefined || lastExit !== undefined;
}
