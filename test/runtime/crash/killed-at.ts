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
  const log = join(folder, "points");
  const { code, stderr } = await act(order, { CRASH_LOG: log });
  if (code !== 0) throw new Error(`the act failed without a crash:\n${stderr}`);
  const all = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  await rm(log);
  const after = all.filter((point) => point.startsWith("after "));
  const times = new Map<string, number>();
  for (const point of after) times.set(keyOf(point), (times.get(keyOf(point)) ?? 0) + 1);
  const telling = after.filter((point) => {
    const [nth, count] = [Number(point.split("#")[1]), times.get(keyOf(point)) ?? 0];
    return count <= distinctTimes || nth <= 2 || nth === count;
  });
  return [...all.slice(0, 1), ...telling];
}

/** Resolves when it has been killed there; false where it did not come by and ended well. */
export async function killedAt(order: ActOrder, point: string): Promise<boolean> {
  const { code, signal, stderr } = await act(order, { CRASH_AT: point });
  if (signal === "SIGKILL") return true;
  if (code === 0) return false;
  throw new Error(`the act failed before ${point}:\n${stderr}`);
}

const keyOf = (point: string): string => point.split("#")[0] ?? point;

async function act(
  order: ActOrder,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const child = spawn(process.execPath, ["--import", preload, program, JSON.stringify(order)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stderr };
}
