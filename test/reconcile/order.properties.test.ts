/** Whatever depends on whatever: a rollout keeps the order of what depends on what. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { Observed } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, type ServiceWords } from "./build.ts";
import { drive } from "./drive.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const names = ["d", "c", "b", "a"];

it("an update begins with none before all that it depends on stands", () => {
  const choices = fc.infiniteStream(fc.nat({ max: 9_999 }));
  const graph = fc.array(fc.subarray(names), { minLength: names.length, maxLength: names.length });
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 2 }), choices, (needs, replicas, stream) => {
      const words = stackOf(needs, { replicas });
      const stands = drive(desire(aStack("shop", words)), nothing, {
        choose: (below) => (below === 100 ? 99 : 0),
      });
      const to = aStack("shop", stackOf(needs, { replicas, environment: { MODE: "new" } }));
      const stopped = new Set<string>();
      drive(desire(to), stands, {
        choose: (below) => (stream.next().value as number) % below,
        crashPercent: 10,
        onApply: (operation, { before }) => {
          if (operation.kind !== "stop") return;
          const { service } = operation.container;
          stopped.add(service);
          const needed = neededBy(service, words);
          expect(needed.filter((each) => !isReplaced(each, to, before))).toEqual([]);
        },
      });
      expect([...stopped].sort()).toEqual([...names].sort());
    }),
    { numRuns: 50 },
  );
});

/** Each of the services needs some of those after it in `names`. */
function stackOf(needs: readonly (readonly string[])[], words: ServiceWords): Words {
  return Object.fromEntries(
    names.map((name, index) => {
      const others = (needs[index] ?? []).filter((other) => names.indexOf(other) > index);
      return [name, { ...words, dependsOn: Object.fromEntries(others.map((other) => [other, "started"])) }];
    }),
  );
}

/** Directly or not. */
function neededBy(name: string, words: Words): readonly string[] {
  return Object.keys(words[name]?.dependsOn ?? {}).flatMap((other) => [other, ...neededBy(other, words)]);
}

function isReplaced(name: string, stack: Stack, { containers }: Observed): boolean {
  const service = stack.services.find((each) => each.name === name);
  const hash = service && hashService(service, digestOf(service.container.image));
  const all = containers.filter((each) => each.service === name);
  return (
    all.length === service?.replicas &&
    all.every((each) => each.specHash === hash && each.state === "running")
  );
}
