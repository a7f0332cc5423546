/** Whether we are root. */
import type { Check } from "./check.ts";

export const checkRoot = (): Check => judgeRoot(process.geteuid?.());

export function judgeRoot(userId: number | undefined): Check {
  if (userId === 0) return { name: "root", status: "ok", detail: "running as root" };
  return {
    name: "root",
    status: "missing",
    detail: `running as user ${userId ?? "?"}; mounts, namespaces and nftables rules need root`,
    remedy: "Run it with sudo.",
  };
}
