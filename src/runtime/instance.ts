/** What one data directory is called outside of it, so that two of them on one host never meet. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { RuntimePaths } from "./types.ts";

/** Names of what we make on the host. Equal data directories have equal names, different ones differ in all. */
export interface Instance {
  /** Empty for the default data directory, else eight hexadecimal digits. */
  readonly id: string;
  /** The bridge of containers that name no network; at most 15 characters, as the kernel wants. */
  readonly bridge: string;
  /** How the names of all our bridges begin, and of nobody else's. */
  readonly bridgePrefix: string;
  /** The nftables table, family `ip`. */
  readonly table: string;
  /** The folder of our containers in each cgroup hierarchy, relative to its root. */
  readonly cgroup: string;
  /** The same where systemd keeps the cgroups. Without a dash, which would nest it under another slice. */
  readonly slice: string;
}

const defaultDataDir = "/var/lib/tallyman";

/** The default data directory has plain names. Follows links; a directory that is not there yet may be named, too. */
export function instanceOf(paths: Pick<RuntimePaths, "dataDir">): Instance {
  const dataDir = realPath(resolve(paths.dataDir));
  if (dataDir === realPath(defaultDataDir)) {
    return {
      id: "",
      bridge: "tallyman0",
      bridgePrefix: "tallyman",
      table: "tallyman",
      cgroup: "tallyman",
      slice: "tallyman.slice",
    };
  }
  const id = createHash("sha256").update(dataDir).digest("hex").slice(0, 8);
  return {
    id,
    bridge: `tm-${id}`,
    bridgePrefix: `tm-${id}`,
    table: `tallyman-${id}`,
    cgroup: `tallyman-${id}`,
    slice: `tallyman_${id}.slice`,
  };
}

/** Whether a link of the host is a bridge of ours, of whichever instance. */
export function isBridgeOfInstance(link: string): boolean {
  return tableOfBridge(link) !== undefined;
}

/** The nftables table of the instance whose bridge it is; undefined: of none. */
export function tableOfBridge(link: string): string | undefined {
  const [bridge, id] = /^(?:tallyman|tm-([0-9a-f]{8}))/.exec(link) ?? [];
  if (bridge === undefined) return undefined;
  return id === undefined ? "tallyman" : `tallyman-${id}`;
}

/** `path` with its links followed as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === "/" ? path : join(realPath(dirname(path)), basename(path));
  }
}
