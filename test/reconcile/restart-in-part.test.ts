/** A restart beside what was taken back, which makes ill what it restarts. */
import { describe, expect, it } from "vitest";
import { askRestart } from "../../src/agent/ask-restart.ts";
import { applyRestarts } from "../../src/agent/restarts.ts";
import { stackName } from "../../src/model/ids.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { now, type ServiceWords } from "./build.ts";
import { after, before, failing, ill, isTakenBack, type Services } from "./in-part.ts";
import type { Standing } from "./rounds.ts";

const failsAlone = after["web"];
const failsWithAll = { ...after["web"], update: {} };
const stopsFirst = { ...after["web"], volume: "data" };

describe("what a restart makes ill goes back to what worked, and is not restarted there", () => {
  it.each<[string, ServiceWords | undefined]>([
    ["alone", failsAlone],
    ["with the whole stack", failsWithAll],
    ["where what worked has to stop first", stopsFirst],
  ])("%s", (_, web) => {
    const { back, wishAgain } = restartOfAll({ ...before, web: { ...web } }, { ...after, web: { ...web } });
    const later = back
      .wish(wishAgain)
      .end(now + 1_000)
      .end(now + 3_600_000);
    expect(workingOf(back)).toHaveLength(1);
    expect(workingOf(later)).toEqual(workingOf(back));
    expect(withoutApi(later)).toEqual(withoutApi(back));
  });
});

/** The good revision is in force for `api`. What was said is laid over the files again when it has gone back. */
function restartOfAll(
  first: Services,
  second: Services,
): { readonly back: Standing; readonly wishAgain: Desired } {
  const moment = failing(first, second, ["api:2"]).until(isTakenBack).end();
  const { rollouts, observed } = moment.world;
  const asked = askRestart({ stack: stackName("shop"), at: now }, rollouts);
  const known = new Set(observed.containers.map(({ specHash }) => specHash));
  const back = moment
    .wish(applyRestarts(moment.desired, [asked], rollouts))
    .fated((each, image) =>
      each.service === "web" && !known.has(each.specHash)
        ? { health: "unhealthy" }
        : ill(["api:2"])(each, image),
    )
    .end();
  return { back, wishAgain: applyRestarts(moment.desired, [asked], back.world.rollouts) };
}

function workingOf(standing: Standing): readonly string[] {
  return idsOf(standing, ({ service, state, health }) => {
    return service === "web" && state === "running" && health === "healthy";
  });
}

function withoutApi(standing: Standing): readonly string[] {
  return idsOf(standing, ({ service }) => service !== "api");
}

function idsOf({ world }: Standing, isMeant: (container: ObservedContainer) => boolean): readonly string[] {
  return world.observed.containers
    .filter(isMeant)
    .map(({ id }) => id)
    .sort();
}
