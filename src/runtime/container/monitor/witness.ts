/** Writes down what happened to a container without us: that its process ended, or that its monitor died under it. */
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import { tryLock } from "../../../sys/try-lock.ts";
import type { Happening } from "../../events/event.ts";
import { recordEvent } from "../../events/journal.ts";
import { instanceOf } from "../../instance.ts";
import type { RuntimePaths } from "../../types.ts";
import { findCgroups } from "../cgroup/cgroups.ts";
import { eventContainer } from "../event-container.ts";
import { layoutOf, type ContainerLayout } from "../layout.ts";
import { readRecord } from "../record.ts";
import { exitOf, factsOf } from "../status.ts";
import { ignoringRemoval } from "./ignoring-removal.ts";
import { settleOom } from "./settle-oom.ts";

/**
 * For whoever may have seen it happen: each is told once, however many look. Where there is nothing to tell, nothing is
 * written. To be called before the container's cgroup goes, which alone knows whether it was short of memory.
 */
export function witness(paths: RuntimePaths, id: ContainerId): void {
  const layout = layoutOf(paths, id);
  if (isTold(layout, "die")) return;
  const found = readRecord(paths, id);
  if (found.kind !== "record" || found.record.run?.startedAt === undefined) return;
  const { record } = found;
  const facts = factsOf(paths, record, found.record.run);
  const hasEnded = facts.exit !== undefined || (!facts.alive && !facts.monitored);
  const exitCode = exitOf(record, facts)?.code ?? null;
  const mayBeKilled = exitCode === killedCode || exitCode === null;
  const killedSince = mayBeKilled ? record.run?.startedAt : undefined;
  const cgroups = findCgroups(instanceOf(paths));
  const oomKilled = (hasEnded || facts.oomKilled) && settleOom(paths, { id, cgroups, killedSince });
  const container = eventContainer(record);
  const tell = (happening: Happening): void => tellOnce(paths, id, happening);
  if (oomKilled) tell({ kind: "oom", container });
  if (hasEnded) {
    tell({ kind: "die", container, exitCode, oomKilled });
  } else if (!facts.monitored) {
    tell({ kind: "monitor-lost", container });
  }
}

/** Of a process that a SIGKILL has ended, as conmon writes it down. */
const killedCode = 128 + 9;

function isTold(layout: ContainerLayout, kind: Happening["kind"]): boolean {
  return existsSync(join(layout.told, kind));
}

/**
 * Who has the container's folder locked tells; who does not may go. Killed between the event and its marker, the event
 * is told again: better than never.
 */
function tellOnce(paths: RuntimePaths, id: ContainerId, happening: Happening): void {
  const layout = layoutOf(paths, id);
  const folder = openIfThere(layout.home);
  if (folder === undefined) return;
  try {
    if (!tryLock(folder, layout.home) || isTold(layout, happening.kind)) return;
    recordEvent(paths.dataDir, happening);
    ignoringRemoval(() => writeFileSync(join(layout.told, happening.kind), ""));
  } finally {
    closeSync(folder);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
