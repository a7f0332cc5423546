/** Waits for the connections that a container still has after it was withdrawn. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerId } from "../../model/ids.ts";
import { openConnections } from "../network/open-connections.ts";
import type { RuntimePaths } from "../types.ts";
import { readRecord } from "./record.ts";
import { observe } from "./status.ts";

const firstPollMs = 20;
const longestPollMs = 500;

/**
 * Resolves when none is open, the container has ended, or the time is up. It looks twice: one that was on its way when
 * the container was withdrawn is in no list for a moment.
 */
export async function drainContainer(
  paths: RuntimePaths,
  id: ContainerId,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let quietLooks = 0;
  for (let pollMs = firstPollMs; performance.now() < deadline; pollMs = Math.min(2 * pollMs, longestPollMs)) {
    const found = readRecord(paths, id);
    if (found.kind !== "record" || observe(paths, found.record).state !== "running") return;
    const counts = await Promise.all(found.record.addresses.map(openConnections));
    quietLooks = counts.every((count) => count === 0) ? quietLooks + 1 : 0;
    if (quietLooks === 2) return;
    await delay(quietLooks === 1 ? firstPollMs : pollMs);
  }
}
