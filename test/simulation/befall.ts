/** What happens to a container by itself, whatever the agent does. */
import type { ContainerId } from "../../src/model/ids.ts";
import { exits, fadesAway } from "./container-life.ts";
import type { Mishap } from "./story.ts";
import type { World } from "./world.ts";

/** To the nth of those of the shop that run, counted round; to nobody where none does. */
export function befall(world: World, { what, nth }: { readonly what: Mishap; readonly nth: number }): void {
  const ours = world.observed.containers.filter(
    ({ stack, state }) => stack === "shop" && state === "running",
  );
  const id = ours[nth % Math.max(ours.length, 1)]?.id;
  if (id === undefined) return;
  const changes = {
    dies: exits(137),
    "falls-ill": (now: number) =>
      isProbed(world, id) ? (nth % 2 === 0 ? fadesAway(now) : { health: "unhealthy" as const }) : {},
    "loses-its-monitor": () => ({ monitored: false }),
  } satisfies Record<Mishap, unknown>;
  world.befall(id, changes[what]);
}

function isProbed(world: World, id: ContainerId): boolean {
  return world.made.get(id)?.spec.healthcheck !== undefined;
}
