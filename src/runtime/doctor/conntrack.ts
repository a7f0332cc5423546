/** How many connections the kernel follows: translated ones, as all to services and published ports, need it. */
import { readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import type { Check } from "./check.ts";

export function checkConntrack(): Check {
  return judgeConntrack({ limit: read("nf_conntrack_max"), count: read("nf_conntrack_count") });
}

export interface ConntrackFacts {
  /** Undefined where connections are not followed yet. */
  readonly limit: number | undefined;
  readonly count: number | undefined;
}

/** Below it, a burst of short connections fills the table: each is kept for two minutes after its end. */
const sensibleLimit = 65_536;

export function judgeConntrack({ limit, count = 0 }: ConntrackFacts): Check {
  const name = "connections";
  if (limit === undefined) return { name, status: "ok", detail: "none is followed yet (conntrack)" };
  const detail = `${count} of ${limit} are followed (conntrack)`;
  const more = `Raise it: sysctl -w net.netfilter.nf_conntrack_max=${Math.max(2 * limit, 4 * sensibleLimit)}`;
  if (count > limit * 0.8) {
    return {
      name,
      status: "warning",
      detail: `${detail}: when the table is full, new connections are dropped`,
      remedy: more,
    };
  }
  if (limit < sensibleLimit) {
    return {
      name,
      status: "warning",
      detail: `${detail}: a burst of short ones fills the table`,
      remedy: more,
    };
  }
  return { name, status: "ok", detail };
}

function read(setting: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/net/netfilter/${setting}`, "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
