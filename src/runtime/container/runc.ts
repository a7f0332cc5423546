/** The OCI runtime's command line (runc, or another one that has the same). */
import { existsSync } from "node:fs";
import { findProgram } from "../../sys/find-program.ts";
import { run } from "../../sys/run.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Engine } from "./engine.ts";
import { foldersOf, layoutOf } from "./layout.ts";

type RuncEngine = Pick<Engine, "paths" | "cgroups">;

export const findRunc = (): string => findProgram("runc", "runc");

/** Lets a created container's process go on into its command. */
export async function runcStart(engine: RuncEngine, id: ContainerId): Promise<void> {
  await run(findRunc(), [...globalArguments(engine), "start", id]);
}

/** Kills what still runs and takes away the runtime's state and cgroups, also half-made ones. */
export async function runcDelete(engine: RuncEngine, id: ContainerId): Promise<void> {
  if (!existsSync(layoutOf(engine.paths, id).runcState)) return;
  await run(findRunc(), [...globalArguments(engine), "delete", "--force", id]);
}

/** Options before the command. */
export function globalArguments({ paths, cgroups }: RuncEngine): readonly string[] {
  return [`--root=${foldersOf(paths).runc}`, ...(cgroups.systemd ? ["--systemd-cgroup"] : [])];
}
