/** Takes a container away, with all that was made for it. */
import { rm } from "node:fs/promises";
import type { ContainerId } from "../../model/ids.ts";
import type { Engine } from "./engine.ts";
import { layoutOf } from "./layout.ts";
import { readRecord, writeRecord } from "./record.ts";
import { killContainer } from "./stop.ts";
import { tearDown } from "./tear-down.ts";

/**
 * No error where there is nothing. Its intent is recorded first and the record goes last, so that whoever comes after
 * a crash, at whatever point, finishes it by calling this again.
 */
export async function removeContainer(engine: Engine, id: ContainerId): Promise<void> {
  const layout = layoutOf(engine.paths, id);
  const found = readRecord(engine.paths, id);
  if (found.kind === "record") {
    await writeRecord(engine.paths, { ...found.record, removing: true });
    await killContainer(engine.paths, found.record);
  }
  if (found.kind !== "record" || found.record.spec.network === "bridge") await engine.network.detach(id);
  await tearDown(engine, id);
  await rm(layout.home, { recursive: true, force: true });
}
