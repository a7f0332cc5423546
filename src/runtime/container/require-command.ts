/** What the init is to run: the OCI runtime only looks for the init itself, and would start it in vain. */
import { closeSync, fstatSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf } from "../../model/error.ts";
import { openInRoot } from "../../sys/open-in-root.ts";
import { pathOnly } from "../../sys/openat2.ts";
import { commandNotFound } from "./explain-refusal.ts";
import type { OciSpec } from "./spec/oci-spec.ts";
import { initPath } from "./spec/process.ts";

/**
 * Throws COMMAND_NOT_FOUND_IN_IMAGE where the command after the init is in none of the places in which execvp(3) would
 * look. A place below a mount cannot be judged from outside and counts as found.
 */
export function requireCommand(
  config: Pick<OciSpec, "process" | "mounts">,
  { root, image }: CommandPlace,
): void {
  const { args, env, cwd } = config.process;
  const [first, , command = ""] = args;
  if (first !== initPath) return;
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const places = command.includes("/")
    ? [resolve(cwd, command)]
    : path.split(":").map((folder) => join(folder, command));
  const isMounted = (place: string): boolean =>
    config.mounts.some(({ destination }) => place.startsWith(`${destination}/`));
  if (!places.some((place) => isMounted(place) || isExecutable(root, place)))
    throw commandNotFound(image, command);
}

interface CommandPlace {
  /** The folder that the container will see as its root. */
  readonly root: string;
  readonly image: string;
}

function isExecutable(root: string, path: string): boolean {
  try {
    const fd = openInRoot(root, path, pathOnly);
    const stat = fstatSync(fd);
    closeSync(fd);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EXDEV"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
}
