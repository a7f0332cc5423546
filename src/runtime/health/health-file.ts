/** Where the health of a container's present run is kept: in its bundle, so that it goes with the run. */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import type { ContainerId } from "../../model/ids.ts";
import { codeOf } from "../../model/error.ts";
import { layoutOf } from "../container/layout.ts";
import type { ContainerRecord } from "../container/record.ts";
import type { HealthStatus, RuntimePaths } from "../types.ts";
import { beginHealth, newsBy, type Health } from "./health.ts";

/** As it was at the last probe; undefined where there is no healthcheck, or no run that has begun. */
export function readHealth(
  paths: RuntimePaths,
  { id, healthcheck, run }: Pick<ContainerRecord, "id" | "healthcheck" | "run">,
): Health | undefined {
  if (healthcheck === undefined || run?.startedAt === undefined) return undefined;
  const known = readFileOf(paths, id);
  return known?.startedAt === run.startedAt ? known : beginHealth(run.startedAt);
}

/** For those who look from outside. */
export function healthStatus(paths: RuntimePaths, record: ContainerRecord): HealthStatus | undefined {
  const health = readHealth(paths, record);
  if (health === undefined || record.healthcheck === undefined) return undefined;
  const checkedAt = health.probes.at(-1)?.endedAt;
  return {
    state: health.state,
    failures: health.failures,
    ...(checkedAt !== undefined && { checkedAt }),
    newsBy: newsBy(health, record.healthcheck),
  };
}

/** One writer: who holds the lock of the data directory. Where the container has gone meanwhile, nothing is written. */
export async function writeHealth(paths: RuntimePaths, id: ContainerId, health: Health): Promise<void> {
  const { health: path } = layoutOf(paths, id);
  try {
    await writeFile(`${path}.tmp`, JSON.stringify(health), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
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
