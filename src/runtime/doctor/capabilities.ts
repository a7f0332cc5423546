/** What the kernel lets this process do: root in a container or below a hardened unit may have less than all. */
import { readFileSync } from "node:fs";
import { allCapabilities } from "../../model/capabilities.ts";
import type { Check } from "./check.ts";

export const checkCapabilities = (): Check =>
  judgeCapabilities(effectiveCapabilities(readFileSync("/proc/self/status", "utf8")));

/** What cannot be done without it. */
const needed: Readonly<Record<string, string>> = {
  CAP_SYS_ADMIN: "no mounts and no namespaces",
  CAP_NET_ADMIN: "no bridge, no addresses and no published ports",
  CAP_SYS_CHROOT: "no unpacking of images",
  CAP_MKNOD: "no devices in containers, and no unpacking of images that delete files",
};
const useful: Readonly<Record<string, string>> = {
  CAP_SYS_RESOURCE:
    "ulimits cannot be raised above our own, and monitors are not spared when memory runs out",
};

export function judgeCapabilities(effective: readonly string[]): Check {
  const name = "capabilities";
  const lacking = (table: Readonly<Record<string, string>>): readonly string[] =>
    Object.keys(table).filter((capability) => !effective.includes(capability));
  const consequences = [...lacking(needed), ...lacking(useful)].map(
    (capability) => `without ${capability}: ${needed[capability] ?? useful[capability] ?? ""}`,
  );
  if (consequences.length === 0) return { name, status: "ok", detail: "all that containers need" };
  return {
    name,
    status: lacking(needed).length > 0 ? "missing" : "warning",
    detail: consequences.join("; "),
    remedy:
      "Give them where this was started: CapabilityBoundingSet= of its unit, or --cap-add of its container.",
  };
}

/** `CapEff` of proc(5), `/proc/[pid]/status`: one bit for each. */
export function effectiveCapabilities(status: string): readonly string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return allCapabilities.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n);
}
