/** Whether packets get from containers to the world and back, as far as the kernel's settings have a say in it. */
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { readForwardingRecord } from "../network/forwarding-record.ts";
import { hostsAmong } from "../network/forwarding-rules.ts";
import { hostHasIPv6 } from "../network/ipv6.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

const ipForward = "/proc/sys/net/ipv4/ip_forward";

export function checkForwarding(paths: Pick<RuntimePaths, "runDir">): Check {
  const before = readForwardingRecord(paths);
  return judgeForwarding({
    enabled: readFileSync(ipForward, "utf8").trim() === "1",
    canEnable: canWrite(ipForward),
    bridgedIsFiltered: existsSync("/proc/sys/net/bridge"),
    hasIPv6: hostHasIPv6(),
    keptApart: before ? hostsAmong(before) : [],
  });
}

export interface ForwardingFacts {
  readonly enabled: boolean;
  readonly canEnable: boolean;
  /** The kernel has br_netfilter: what passes over a bridge of ours is also seen by the filters of IP. */
  readonly bridgedIsFiltered: boolean;
  readonly hasIPv6: boolean;
  /** Links that are led nowhere but to containers, and to links that came later: forwarding was off before us. */
  readonly keptApart: readonly string[];
}

export function judgeForwarding({
  enabled,
  canEnable,
  bridgedIsFiltered: isFiltered,
  hasIPv6,
  keptApart,
}: ForwardingFacts): Check {
  const name = "forwarding";
  if (!enabled && !canEnable) {
    return {
      name,
      status: "missing",
      detail: "net.ipv4.ip_forward is off and cannot be switched on: containers reach no network",
      remedy: "Switch it on: sysctl -w net.ipv4.ip_forward=1",
    };
  }
  const forUs =
    keptApart.length > 0 ? ` for containers; nothing else is passed on from ${keptApart.join(", ")}` : "";
  const state = enabled ? `on${forUs}` : "off; switched on with the first container";
  const bridged = isFiltered
    ? "; br_netfilter is there: firewalls also see what containers of one network send each other"
    : "; br_netfilter is not loaded: who is asked by a service's address sees the host's, not the asker's";
  const ipv6 = hasIPv6 ? "" : "; IPv6 is disabled: no network can have it";
  return { name, status: "ok", detail: `net.ipv4.ip_forward is ${state}${bridged}${ipv6}` };
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
