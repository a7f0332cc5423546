/** The CNI plugins that join containers to the bridge, with addresses of a pool or of their own. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pluginFolders } from "../network/cni-plugin.ts";
import type { Check } from "./check.ts";

export function checkCniPlugins(): Check {
  return judgeCniPlugins((plugin) => pluginFolders.some((folder) => existsSync(join(folder, plugin))));
}

const needed = ["bridge", "host-local", "static"];

export function judgeCniPlugins(isThere: (plugin: string) => boolean): Check {
  const name = "CNI plugins";
  const absent = needed.filter((plugin) => !isThere(plugin));
  if (absent.length === 0) return { name, status: "ok", detail: needed.join(", ") };
  return {
    name,
    status: "missing",
    detail: `no ${absent.join(" and no ")} in ${pluginFolders.join(" or ")}`,
    remedy: "Install them: apt-get install containernetworking-plugins",
  };
}
