/** What an operation does to the world: the half of it that can be seen in its middle, and the whole. Pure. */
import type { Operation } from "../../src/reconcile/operation.ts";
import type { ContainerId } from "../../src/model/ids.ts";
import { apply, type WorldOptions } from "../../src/reconcile/plan/world.ts";
import type { Observed, ObservedContainer } from "../../src/reconcile/types.ts";

export type EffectOptions = Pick<WorldOptions, "now" | "digestOf">;

export function half(world: Observed, operation: Operation, { now, digestOf }: EffectOptions): Observed {
  switch (operation.kind) {
    case "pull": {
      const image = {
        digest: digestOf(operation.reference),
        stored: false,
        onDisk: false,
      };
      const isHere = world.images[operation.reference] !== undefined;
      return isHere
        ? world
        : {
            ...world,
            images: { ...world.images, [operation.reference]: image },
          };
    }
    case "create":
      return change(whole(world, operation, { now, digestOf }), operation.container.id, () => ({
        state: "incomplete",
      }));
    case "start": {
      const begun = {
        state: "running",
        monitored: true,
        startedAt: now,
        hooksPending: true,
      } as const;
      const streak = operation.restartStreak ?? 0;
      return change(world, operation.container.id, (each) =>
        each.state === "running" ? {} : { ...begun, restartStreak: streak },
      );
    }
    case "stop":
      return change(world, operation.container.id, (each) =>
        each.state === "running"
          ? { state: "exited", exitCode: null, finishedAt: now, resumes: operation.resumes }
          : { resumes: operation.resumes },
      );
    case "remove":
      return change(world, operation.container.id, () => ({
        state: "incomplete",
      }));
    case "create-volume":
    case "create-network":
    case "remove-network":
    case "join":
    case "leave":
      return world;
  }
}

export function whole(world: Observed, operation: Operation, { now, digestOf }: EffectOptions): Observed {
  const options = { now, digestOf, completes: () => false };
  const before = world.containers.find(({ id }) => "container" in operation && id === operation.container.id);
  if (operation.kind === "create-volume" && world.volumes.includes(operation.volume)) return world;
  if (operation.kind === "start") {
    const begun = half(world, operation, { now, digestOf });
    return change(begun, operation.container.id, () => ({
      resumes: undefined,
      hooksPending: false,
    }));
  }
  if (operation.kind === "stop" && before?.state !== "running")
    return half(world, operation, { now, digestOf });
  return apply(world, operation, options);
}

/** Why the host refuses it as it is now. */
export function refusal(
  world: Observed,
  operation: Operation,
  isStored: (digest: string) => boolean,
): string | undefined {
  if (operation.kind === "create") {
    if (!isStored(operation.image)) return "the image is not here";
    const missing = operation.spec.mounts.find(
      (mount) => mount.kind === "volume" && !world.volumes.includes(mount.volume ?? ""),
    );
    return missing && "the volume is not here";
  }
  if (operation.kind === "start" || operation.kind === "join") {
    const found = world.containers.find(({ id }) => id === operation.container.id);
    return found === undefined || found.state === "incomplete" ? "there is no such container" : undefined;
  }
  if (operation.kind === "remove-network") {
    const isUsed = world.containers.some(({ networks }) => networks?.includes(operation.network.name));
    return isUsed ? "a container is on it" : undefined;
  }
  return undefined;
}

export function change(
  world: Observed,
  id: ContainerId,
  changes: (container: ObservedContainer) => Partial<ObservedContainer>,
): Observed {
  const containers = world.containers.map((each) => (each.id === id ? { ...each, ...changes(each) } : each));
  return { ...world, containers };
}
