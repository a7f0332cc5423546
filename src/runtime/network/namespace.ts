/** A container's network namespace, held by a mount, so that it outlives the container's process. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import { pinNetworkNamespace } from "../../sys/pinned-namespace.ts";
import { run } from "../../sys/run.ts";
import type { RuntimePaths } from "../types.ts";

/** Where they are mounted. A container's file is the first thing that `attach` makes and the last that `detach` removes. */
export function namespaceFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "netns");
}

export function namespacePath(paths: RuntimePaths, id: ContainerId): string {
  return join(namespaceFolder(paths), id);
}

/** Every container that has a namespace, or that half of one was made for. */
export async function namespaceIds(paths: RuntimePaths): Promise<readonly ContainerId[]> {
  try {
    return (await readdir(namespaceFolder(paths))).filter(isContainerId);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

export interface NamespaceOptions {
  /** It belongs to this one, at a path. */
  readonly userNamespace?: string;
  /** All of its links are others' to make: what they have of IPv6 is, too. */
  readonly isOthers?: boolean;
}

/** Makes a namespace whose loopback is up, mounted on `path`. */
export async function makeNamespace(
  path: string,
  { userNamespace, isOthers = false }: NamespaceOptions = {},
): Promise<void> {
  const prepare = isOthers ? [] : withoutIPv6;
  if (userNamespace !== undefined) return pinNetworkNamespace(path, { owner: userNamespace, prepare });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, "");
  await run("unshare", [`--net=${path}`, ...prepare, "ip", "link", "set", "lo", "up"]);
}

/** Links to come have no IPv6 until they are given an address of it, and then no advice from their neighbours. */
const withoutIPv6: readonly string[] = [
  "sh",
  "-c",
  'cd /proc/sys/net/ipv6/conf/default 2>/dev/null && echo 1 >disable_ipv6 && echo 0 >accept_ra; cd / && exec "$@"',
  "sh",
];
