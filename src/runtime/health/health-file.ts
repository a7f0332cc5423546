/** Where the health of a container's present run is kept: in its bundle, so that it goes with the run. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ContainerId } from "../../model/ids.ts";
import { codeOf } from "../../model/error.ts";
import { layoutOf } from "../container/layout.ts";
import type { ContainerRecord } from "../container/record.ts";
import type { HealthStatus, RuntimePaths } from "../types.ts";
import { isChecked, newsBy, type CheckedRecord } from "./checks.ts";
import { beginHealth, type Health } from "./health.ts";

/** As it was at the last probe; undefined where nothing is probed, or no run has begun. */
export function readHealth(
  paths: RuntimePaths,
  record: CheckedRecord & Pick<ContainerRecord, "id" | "run">,
): Health | undefined {
  const { id, run } = record;
  if (run?.startedAt === undefined || !isChecked(record)) return undefined;
  const known = readFileOf(paths, id);
  return known?.startedAt === run.startedAt ? known : beginHealth(run.startedAt);
}

/** For those who look from outside. */
export function healthStatus(paths: RuntimePaths, record: ContainerRecord): HealthStatus | undefined {
  const health = readHealth(paths, record);
  if (health === undefined) return undefined;
  const checkedAt = health.probes.at(-1)?.endedAt;
  return {
    state: health.state,
    failures: health.failures,
    ...(checkedAt !== undefined && { checkedAt }),
    ...(health.changedAt !== undefined && { changedAt: health.changedAt }),
    newsBy: newsBy(record, health),
  };
}

/**
 * One writer: who holds the lock of the data directory. Nothing comes between the reading of what is known and this:
 * another probe of the container may end. Where the container has gone meanwhile, nothing is written.
 */
export function writeHealth(paths: RuntimePaths, id: ContainerId, health: Health): void {
  const { health: path } = layoutOf(paths, id);
  try {
    writeFileSync(`${path}.tmp`, JSON.stringify(health), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Written whole, by us. */
function readFileOf(paths: RuntimePaths, id: ContainerId): Health | undefined {
  try {
    return JSON.parse(readFileSync(layoutOf(paths, id).health, "utf8")) as Health;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
