/** Waits for the connections that a container still has after it was withdrawn. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerId } from "../../model/ids.ts";
import { openConnections } from "../network/open-connections.ts";
import type { RuntimePaths } from "../types.ts";
import { readRecord } from "./record.ts";
import { observe } from "./status.ts";

const firstPollMs = 20;
const longestPollMs = 500;
const longestLookMs = 60_000;

/** Resolves when none is open, the container has ended, or the time is up. */
export async function drainContainer(
  paths: RuntimePaths,
  id: ContainerId,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<void> {
  await untilQuiet(timeoutMs, async (leftMs) => {
    const found = readRecord(paths, id);
    if (found.kind !== "record" || observe(paths, found.record).state !== "running") return "ended";
    const { addresses } = found.record;
    const counts = await Promise.all(
      addresses.map((each) => openConnections(each, { timeoutMs: Math.min(leftMs, longestLookMs) })),
    );
    return counts.every((count) => count === 0) ? "quiet" : "open";
  });
}

/**
 * It looks twice: one that was on its way when the container was withdrawn is in no list for a moment. A look that
 * fails has seen nothing, and counts as one that has found some: who is to stop does so at the end of his time.
 */
export async function untilQuiet(
  timeoutMs: number,
  look: (leftMs: number) => Promise<"quiet" | "open" | "ended">,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let quietLooks = 0;
  for (let pollMs = firstPollMs; performance.now() < deadline; pollMs = Math.min(2 * pollMs, longestPollMs)) {
    const found = await look(deadline - performance.now()).catch(() => "open" as const);
    if (found === "ended") return;
    quietLooks = found === "quiet" ? quietLooks + 1 : 0;
    if (quietLooks === 2) return;
    await delay(quietLooks === 1 ? firstPollMs : pollMs);
  }
}
