/** Whether what a life runs can come to rest. */
import type { World } from "./world.ts";

/** Something that runs, or ran, never will for long. */
export function hasIllImage(world: World): boolean {
  return world.observed.containers.some(({ id }) => (world.nature(id)?.fate ?? "well") !== "well");
}
