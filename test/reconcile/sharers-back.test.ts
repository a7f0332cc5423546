/** A way back on which what shares the namespaces of another container has ended by itself. */
import { expect, test } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

test.each<[readonly string[], string, string]>([
  [["side"], "stops", "vpn:2"],
  [["app", "side"], "stops", "vpn:2"],
  [["side"], "leaves its ports", "web:2"],
  [["app", "side"], "leaves its ports", "web:2"],
])("%j is not started again as what it shares %s, where the stack goes back for %s", (ended, _, ill) => {
  const back = aboutToStop(ill).change(({ service, state }) =>
    state === "running" && ended.includes(service) ? { state: "exited", exitCode: 1, finishedAt: now } : {},
  );
  expect([...back.rounds()].flatMap(startsIn).sort()).toEqual(["app:1", "side:1", "vpn:1"]);
  const end = back.end();
  expect(running(end)).toEqual(["app:1", "side:1", "vpn:1", "web:1"]);
  expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
});

/** All of it is updated, but for what is ill; on the way back those that share are about to stop. */
function aboutToStop(ill: string): Standing {
  const health = (unless: "starting" | "unhealthy") => (_: unknown, image?: string) =>
    ({ health: image === ill ? unless : "healthy" }) as const;
  return new Standing(wish(1), nothing)
    .end(now - 60_000)
    .end()
    .fated(health("starting"))
    .wish(wish(2))
    .end()
    .fated(health("unhealthy"))
    .until((round) =>
      step(round.input(now)).operations.some(
        (each) => each.kind === "stop" && each.container.service === "app",
      ),
    );
}

function wish(version: number): Desired {
  return desire(
    aStack("shop", {
      app: { image: `app:${version}`, joins: "side" },
      side: { image: `side:${version}`, joins: "vpn" },
      vpn: { image: `vpn:${version}`, probed: true, port: 80, order: "stop-first" },
      web: { image: `web:${version}`, probed: true, dependsOn: { app: "started" } },
    }),
  );
}

function startsIn(round: Standing): readonly (string | undefined)[] {
  return step(round.input(now)).operations.flatMap((each) =>
    each.kind === "start" ? [round.images.get(each.container.id)] : [],
  );
}

function running({ world, images }: Standing): readonly (string | undefined)[] {
  return world.observed.containers
    .filter(({ state }) => state === "running")
    .map(({ id }) => images.get(id))
    .sort();
}
