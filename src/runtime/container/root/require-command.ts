/** What the init is to run: the OCI runtime only looks for the init itself, and would start it in vain. */
import { commandNotFound } from "../monitor/explain-refusal.ts";
import { commandPaths, findCommand } from "./find-command.ts";
import type { OciSpec } from "../spec/oci-spec.ts";
import { initPath } from "../spec/process.ts";

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
  const paths = commandPaths({ command, env, cwd });
  const isMounted = (path: string): boolean =>
    config.mounts.some(({ destination }) => path.startsWith(`${destination}/`));
  if (!paths.some(isMounted) && findCommand(root, paths) !== "executable")
    throw commandNotFound(image, command);
}

interface CommandPlace {
  /** The folder that the container will see as its root. */
  readonly root: string;
  readonly image: string;
}
