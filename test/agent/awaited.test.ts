import { expect, test } from "vitest";
import { awaited } from "../../src/agent/awaited.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "../reconcile/build.ts";
import { drive } from "../reconcile/drive.ts";

const desired = desire(aStack("shop", { web: { port: 80, probed: true } }));
const { observed } = drive(
  desired,
  { observed: emptyWorld, inventory: [], rollouts: [] },
  { choose: () => 0 },
);

test.each<[string, Partial<ObservedContainer>, readonly string[]]>([
  ["is starting by its healthcheck", { health: "starting" }, ["healthy"]],
  ["does not accept connections yet", { health: undefined as never, accepts: false }, ["accepting"]],
  ["is ready", { health: "healthy" }, []],
  ["is unhealthy", { health: "unhealthy" }, []],
  ["is ready no more", { health: "unready" }, []],
  ["has ended", { state: "exited", health: "starting" }, []],
])("a container that %s", (_, changes, until) => {
  const containers = observed.containers.map((each) => ({ ...each, ...changes }));
  expect(awaited(desired, { ...observed, containers }, now)).toEqual(
    until.map((each) => ({ name: "shop-web-1", until: each, since: now })),
  );
});
