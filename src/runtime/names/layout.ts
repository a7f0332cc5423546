/** Where things are below `<runDir>/names`, which the resolvers' user can read. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";

export function namesFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "names");
}

/** What is known of a container: its own file, written before anything else of it and removed last. */
export function memberFolder(paths: RuntimePaths): string {
  return join(namesFolder(paths), "members");
}

export function memberPath(paths: RuntimePaths, id: ContainerId): string {
  return join(memberFolder(paths), id);
}

/** One file in the form of hosts(5) for each container and each service. */
export function hostsFolder(paths: RuntimePaths, network: string): string {
  return join(namesFolder(paths), "hosts", network);
}

/** An empty file for each container of a service on a network. */
export function serviceFolder(paths: RuntimePaths, network: string, service: string): string {
  return join(namesFolder(paths), "services", network, shortHash(service));
}

/** A file for each stack: names that are its services', whoever has them. */
export function reservedFolder(paths: RuntimePaths): string {
  return join(namesFolder(paths), "reserved");
}

export function resolversFolder(paths: RuntimePaths): string {
  return join(namesFolder(paths), "resolvers");
}

/** Service ids hold slashes. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
