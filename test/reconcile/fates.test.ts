/**
 * Updates in a world that fails them: new containers crash, fall ill, hang, or are ready no more; the agent dies
 * between any two operations, which end in any order. A failure names the seed and the path with which `fc.assert`
 * replays it alone.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired, Observed, ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

type FateName = "well" | "crashes" | "ill" | "hangs" | "fades";

/** Of what runs `busybox:2`, from its start on. */
const fates: Record<FateName, (clock: number) => Partial<ObservedContainer>> = {
  well: () => ({}),
  crashes: (clock) => ({ state: "exited", exitCode: 1, finishedAt: clock }),
  ill: () => ({ health: "unhealthy" }),
  hangs: () => ({ health: "starting" }),
  fades: (clock) => ({ health: "unready", unreadySince: clock }),
};

const service = fc.record(
  {
    replicas: fc.integer({ min: 1, max: 3 }),
    volume: fc.constant("data"),
    isPublished: fc.boolean(),
    update: fc.record(
      {
        parallelism: fc.integer({ min: 0, max: 2 }),
        failureAction: fc.constantFrom("rollback", "pause"),
        order: fc.constantFrom("start-first", "stop-first"),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["isPublished"] },
);
const updates = fc
  .array(fc.tuple(service, fc.boolean()), { minLength: 1, maxLength: 3 })
  .map((services) => [wish(services, false), wish(services, true)] as const);
const choices = fc.infiniteStream(fc.nat({ max: 9_999 }));
const fateNames = fc.constantFrom<FateName>("well", "crashes", "ill", "hangs", "fades");

/** A nightly run may ask for more. */
const numRuns = Number(process.env["PROPERTY_RUNS"] ?? 200);

/** Longer than all runs take on a machine ten times slower. */
describe("an update", { timeout: 300_000 }, () => {
  it("ends in the new revision, in the old one, or held with a reason; and never with half of each", () => {
    fc.assert(
      fc.property(updates, fateNames, choices, ([first, second], fate, stream) => {
        const { before, end } = update([first, second], fate, stream);
        const [rollout] = end.rollouts;
        if (rollout?.phase === "failed") {
          expect(rollout.failure?.message).not.toBe("");
        } else if (rollout?.phase === "rolled-back") {
          expect(fate).not.toBe("well");
          expect(running(end.observed)).toEqual(running(before.observed));
          expect(routed(end.observed)).toEqual(routed(before.observed));
        } else {
          const stands = stand(second).observed;
          expect(rollout?.phase).toBe("done");
          expect(running(end.observed)).toEqual(running(stands));
        }
        expect(simulate({ ...anInput(second), ...end }, digestOf).operations).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("that fails never leaves a published service without a replica, where the new one starts first", () => {
    fc.assert(
      fc.property(updates, fateNames, choices, ([first, second], fate, stream) => {
        const watch = (observed: Observed): void => {
          for (const { stack } of first.stacks)
            for (const { name, ports, container, update: policy } of stack.services) {
              if (ports.length === 0 || policy?.order !== "start-first") continue;
              if (container.mounts.length > 0) continue; // there is one writer at a time
              expect(running(observed).filter((line) => line.startsWith(`${name} `))).not.toEqual([]);
            }
        };
        update([first, second], fate, stream, watch);
      }),
      { numRuns },
    );
  });
});

function update(
  [first, second]: readonly [Desired, Desired],
  fate: FateName,
  stream: fc.Stream<number>,
  watch: (observed: Observed) => void = () => undefined,
): { readonly before: Drive; readonly end: Drive } {
  const before = stand(first);
  const end = drive(second, before, {
    choose: (below) => (stream.next().value as number) % below,
    crashPercent: 10,
    fate: (image, clock) => (image === "busybox:2" ? fates[fate](clock) : {}),
    onApply: (_, { after }) => watch(after),
  });
  return { before, end };
}

function stand(desired: Desired): Drive {
  return drive(desired, { observed: emptyWorld, inventory: [], rollouts: [] }, { choose: () => 0 });
}

function wish(
  services: readonly (readonly [ServiceWords & { readonly isPublished: boolean }, boolean])[],
  isUpdated: boolean,
): Desired {
  const named = services.map(([{ isPublished, ...words }, changes], index) => [
    ["api", "db", "web"][index] ?? "",
    {
      ...words,
      ...(isPublished && { port: 8_001 + index }),
      image: isUpdated && changes ? "busybox:2" : "busybox:1",
    },
  ]);
  return desire(aStack("shop", Object.fromEntries(named) as Record<string, ServiceWords>));
}

function running({ containers }: Observed): readonly string[] {
  return containers
    .filter(({ state }) => state === "running")
    .map(({ service: name, slot, specHash }) => `${name} ${slot} ${specHash}`)
    .sort();
}

function routed({ routes }: Observed): readonly string[] {
  return routes.map(({ hostPort, backends }) => `${hostPort} ${JSON.stringify(backends)}`).sort();
}
