import { describe, expect, test } from "vitest";
import { unstarted } from "../../src/agent/unstarted.ts";
import type { Hold } from "../../src/model/hold.ts";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "../reconcile/build.ts";
import { Standing } from "../reconcile/rounds.ts";

describe("a run that ends has failed where services have not started", () => {
  const desired = desire(aStack("shop", { db: { probed: true }, web: { dependsOn: { db: "healthy" } } }));
  const { world } = new Standing(desired, { observed: emptyWorld, inventory: [], rollouts: [] })
    .fated(({ service }) => (service === "db" ? { health: "unhealthy" } : undefined))
    .end();
  const [web, shop] = [serviceName("web"), stackName("shop")];
  const by: Hold = { by: "alice", since: now };
  const waiting = [{ stack: shop, service: web, unmet: [{ service: "db", condition: "healthy" }] }];

  test.each<[string, Partial<Rollout>, Partial<Desired["stacks"][number]>, readonly unknown[]]>([
    ["and nothing goes on", {}, {}, waiting],
    ["and not where nothing keeps them from it", { unmet: {} }, {}, []],
    ["and not where canaries promote themselves", { awaiting: [web], promotesAt: { [web]: now } }, {}, []],
    ["and not where another stack has a port", { awaitedPorts: { [web]: stackName("zoo") } }, {}, []],
    ["and not where somebody has stopped some of them", {}, { stopped: [by] }, []],
    ["and not where somebody holds the stack", {}, { paused: by }, []],
    ["also where nobody has stopped any", { awaiting: [], awaitedPorts: {} }, { stopped: [] }, waiting],
  ])("%s", (_, changes, held, expected) => {
    const rollouts = world.rollouts.map((each) => ({ ...each, ...changes }));
    const stacks = desired.stacks.map((each) => ({ ...each, ...held }));
    const pass = { observed: world.observed, rollouts, pending: [] };
    expect(unstarted(pass, { ...desired, stacks })).toEqual(expected);
  });
});
