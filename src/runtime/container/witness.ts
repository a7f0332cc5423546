/** Writes down what happened to a container without us: that its process ended, or that its monitor died under it. */
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { tryLock } from "../../sys/try-lock.ts";
import { isDiskFull } from "../disk-full.ts";
import { recordEvent } from "../events/journal.ts";
import type { RuntimePaths } from "../types.ts";
import { eventContainer } from "./event-container.ts";
import { layoutOf, type ContainerLayout } from "./layout.ts";
import { readRecord } from "./record.ts";
import { exitOf, factsOf } from "./status.ts";

/**
 * For whoever may have seen it happen: each is told once, however many look. Where there is nothing to tell, nothing is
 * written.
 */
export function witness(paths: RuntimePaths, id: ContainerId): void {
  const layout = layoutOf(paths, id);
  if (isTold(layout, "die")) return;
  const found = readRecord(paths, id);
  if (found.kind !== "record" || found.record.run?.startedAt === undefined) return;
  const { record } = found;
  const facts = factsOf(paths, record, found.record.run);
  const container = eventContainer(record);
  if (facts.exit || (!facts.alive && !facts.monitored)) {
    const { code: exitCode = null, oomKilled = false } = exitOf(record, facts) ?? {};
    tellOnce(layout, "die", () => {
      if (oomKilled) recordEvent(paths.dataDir, { kind: "oom", container });
      recordEvent(paths.dataDir, { kind: "die", container, exitCode, oomKilled });
    });
  } else if (!facts.monitored) {
    tellOnce(layout, "monitor-lost", () => recordEvent(paths.dataDir, { kind: "monitor-lost", container }));
  }
}

type Told = "die" | "monitor-lost";

function isTold(layout: ContainerLayout, what: Told): boolean {
  return existsSync(join(layout.told, what));
}

/**
 * Who has the container's folder locked tells; who does not may go. Killed between the event and its marker, the event
 * is told again: better than never.
 */
function tellOnce(layout: ContainerLayout, what: Told, tell: () => void): void {
  const folder = openIfThere(layout.home);
  if (folder === undefined) return;
  try {
    if (!tryLock(folder, layout.home) || isTold(layout, what)) return;
    tell();
    writeFileSync(join(layout.told, what), "");
  } catch (error) {
    // It is being removed, or there is no room: to go on matters more than to be told of.
    if (!isDiskFull(error) && codeOf(error) !== "ENOENT") throw error;
  } finally {
    closeSync(folder);
  }
}

/** It may be removed meanwhile. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
