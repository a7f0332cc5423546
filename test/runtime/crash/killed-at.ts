/** Runs an act in a process of its own: to its end, listing its crash points, or up to one of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ActOrder } from "./act.ts";

const program = fileURLToPath(new URL("act.ts", import.meta.url));
const preload = new URL("../../support/crash-points.ts", import.meta.url).href;

/** Of each place that is passed more often than this only the first, the second and the last time. */
const distinctTimes = 3;

/**
 * The points that tell different states of the world apart: the first `before`, and each `after`. Between one call
 * and the next nothing changes.
 */
export async function crashPointsOf(order: ActOrder, folder: string): Promise<readonly string[]> {
  const { failure, points: all } = await act(order, folder);
  if (failure !== undefined) throw new Error(`the act failed without a crash:\n${failure}`);
  const after = all.filter((point) => point.startsWith("after "));
  const times = new Map<string, number>();
  for (const point of after) times.set(keyOf(point), (times.get(keyOf(point)) ?? 0) + 1);
  const telling = after.filter((point) => {
    const [nth, count] = [Number(point.split("#")[1]), times.get(keyOf(point)) ?? 0];
    return count <= distinctTimes || nth <= 2 || nth === count;
  });
  return [...all.slice(0, 1), ...telling];
}

/** Whether the act came by that point, and was killed or failed there. Where it did not come by, it ended well. */
export async function killedAt(order: ActOrder, point: string, folder: string): Promise<boolean> {
  const { failure, points } = await act(order, folder, point);
  if (points.includes(point)) return true;
  if (failure === undefined) return false;
  throw new Error(`the act failed without coming to ${point}:\n${failure}`);
}

const keyOf = (point: string): string => point.split("#")[0] ?? point;

interface Outcome {
  /** What it said on standard error; undefined where it ended well. */
  readonly failure: string | undefined;
  /** Those that it came by. */
  readonly points: readonly string[];
}

async function act(order: ActOrder, folder: string, crashAt?: string): Promise<Outcome> {
  const log = join(folder, "points");
  const child = spawn(process.execPath, ["--import", preload, program, JSON.stringify(order)], {
    env: { ...process.env, CRASH_LOG: log, CRASH_AT: crashAt },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  const points = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  await rm(log);
  return { failure: code === 0 ? undefined : stderr, points };
}
