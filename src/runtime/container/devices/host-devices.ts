/** Every device of the host, for a privileged container. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { OciDevice } from "../spec/oci-spec.ts";
import { deviceNodesAt } from "./device-node.ts";

/** A container has these of its own, or must not have them. */
const ownInContainer = new Set([
  "pts",
  "shm",
  "mqueue",
  "fd",
  "console",
  "ptmx",
  "null",
  "zero",
  "full",
  "random",
]);

export function hostDevices(): readonly OciDevice[] {
  return readdirSync("/dev", { withFileTypes: true })
    .filter((entry) => !ownInContainer.has(entry.name) && !entry.isSymbolicLink())
    .map(({ name }) => join("/dev", name))
    .flatMap((path) => deviceNodesAt(path, path));
}
