/** Files of a cgroup, and the forms in which the kernel writes them. Pure. */
import type { Usage } from "./usage.ts";

/** By name. One that the kernel does not have, or whose controller is off, is absent. */
export type CgroupFiles = Readonly<Record<string, string>>;

export type CgroupUsage = Omit<Usage, "time" | "network">;

/** `key value` on each line: 0 where the key is not there. */
export function flatKeyed(text: string | undefined, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text ?? "")?.[1] ?? 0);
}

export function singleNumber(text: string | undefined): number {
  return Number(text?.trim() ?? 0);
}

/** Null for `max`, for -1, and for what is larger than any machine. */
export function limitIn(text: string | undefined): number | null {
  const limit = Number(text?.trim() ?? Number.NaN);
  return Number.isNaN(limit) || limit < 0 || limit > 2 ** 62 ? null : limit;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
