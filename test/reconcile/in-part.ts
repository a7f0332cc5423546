/** Stacks with `x-rollout.scope: service`, of which something fails. */
import type { UpdatePolicy } from "../../src/model/stack.ts";
import { containerName } from "../../src/reconcile/operation.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { type Fate, Standing } from "./rounds.ts";

export type Services = Readonly<Record<string, ServiceWords>>;

export const alone = { scope: "service" } as const;
export const monitored = now + 5_000;

/** Three that do not know of each other; of each, the tag of its image is its version. */
export const before: Services = of(1, {
  api: { probed: true },
  db: { replicas: 2 },
  web: { probed: true, port: 80 },
});
export const after: Services = of(2, {
  api: { probed: true },
  db: { replicas: 2 },
  web: { probed: true, port: 80 },
});

export function isTakenBack({ world }: Standing): boolean {
  return world.rollouts[0]?.takenBack !== undefined;
}

/** All of this version, each by itself. */
export function of(version: number, services: Services, update: UpdatePolicy = alone): Services {
  return Object.fromEntries(
    Object.entries(services).map(([name, words]) => [
      name,
      { ...words, image: `${name}:${version}`, update: { ...update, ...words.update } },
    ]),
  );
}

export function ill(images: readonly string[]): Fate {
  return (_, image = "") => ({
    health: images.includes(image.split("@")[0] ?? "") ? "unhealthy" : "healthy",
  });
}

export function stand(services: Services): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(desire(aStack("shop", services)), nothing).fated(ill([])).end();
}

export function wish(first: Services, second: Services): Standing {
  return stand(first)
    .end(monitored)
    .wish(desire(aStack("shop", second)));
}

/** What runs these images is unhealthy. */
export function failing(first: Services, second: Services, images: readonly string[]): Standing {
  return wish(first, second).fated(ill(images));
}

/** When it has been watched. */
export function settled(standing: Standing): Standing {
  return standing.end().end(monitored);
}

/** `api-1 api:1`, sorted. */
export function linesOf({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .map((each) => `${containerName(each.stack, each).slice(5)} ${images.get(each.id)?.split("@")[0]}`)
    .sort();
}
