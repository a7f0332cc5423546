/** Whether packets get from containers to the world and back, as far as the kernel's settings have a say in it. */
import { accessSync, constants, readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { hostHasIPv6 } from "../network/ipv6.ts";
import type { Check } from "./check.ts";

const ipForward = "/proc/sys/net/ipv4/ip_forward";

export function checkForwarding(): Check {
  return judgeForwarding({
    enabled: readFileSync(ipForward, "utf8").trim() === "1",
    canEnable: canWrite(ipForward),
    bridgedIsFiltered: bridgedIsFiltered(),
    hasIPv6: hostHasIPv6(),
  });
}

export interface ForwardingFacts {
  readonly enabled: boolean;
  readonly canEnable: boolean;
  /** What passes over a bridge is also seen by the IP filters (br_netfilter). */
  readonly bridgedIsFiltered: boolean;
  readonly hasIPv6: boolean;
}

export function judgeForwarding({
  enabled,
  canEnable,
  bridgedIsFiltered: isFiltered,
  hasIPv6,
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
  const state = enabled ? "on" : "off; switched on with the first container";
  const bridged = isFiltered
    ? "; bridge-nf-call-iptables is 1: firewalls also see what containers of one network send each other"
    : "";
  const ipv6 = hasIPv6 ? "" : "; IPv6 is disabled: no network can have it";
  return { name, status: "ok", detail: `net.ipv4.ip_forward is ${state}${bridged}${ipv6}` };
}

function bridgedIsFiltered(): boolean {
  try {
    return readFileSync("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").trim() === "1";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
