/** A service on the namespaces of two others. */
import { expect, test } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

test.each(["db", "vpn"])("what shares namespaces of two stops before either goes: %s", (replaced) => {
  const files = (version: number): Desired => {
    const image = (name: string): string => `${name}:${name === replaced ? version : 1}`;
    const words = { app: { joins: "vpn" }, db: { image: image("db") }, vpn: { image: image("vpn") } };
    const stack = aStack("shop", words);
    const both = [
      { namespace: "network", service: serviceName("vpn") },
      { namespace: "pid", service: serviceName("db") },
    ] as const;
    const needed = both.map(({ service }) => ({ service, condition: "started" as const, required: true }));
    const services = stack.services.map((each) =>
      each.name === "app" ? { ...each, joins: both, dependsOn: needed } : each,
    );
    return desire({ ...stack, services });
  };
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  const stands = new Standing(files(1), nothing).end(now - 60_000).end(now);
  const rounds = [...stands.wish(files(2)).rounds()];
  for (const { world } of rounds) {
    const running = world.observed.containers.filter(({ state }) => state === "running");
    const shared = running.flatMap(({ joined = [] }) => joined);
    expect(running.map(({ id }) => id)).toEqual(expect.arrayContaining([...shared]));
  }
  const end = rounds.at(-1)?.world.observed.containers ?? [];
  expect(end.map(({ service, joined = [] }) => [service, joined.length]).sort()).toEqual([
    ["app", 2],
    ["db", 0],
    ["vpn", 0],
  ]);
});
