/** The named volumes of a container. Pure. */
import type { ContainerSpec } from "./container-spec.ts";

/** In the order of where it mounts them, so that two that have changed places are told apart. */
export function volumeNames({ mounts }: Pick<ContainerSpec, "mounts">): readonly string[] {
  return mounts
    .toSorted((a, b) => (a.target < b.target ? -1 : 1))
    .flatMap((mount) => (mount.kind === "volume" ? (mount.volume ?? []) : []));
}
