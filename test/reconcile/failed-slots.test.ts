/** A slot of a stack whose rollout has failed and is held: what ran before runs again, and what never ran goes. */
import { describe, expect, it, test } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { describeCause } from "../../src/reconcile/plan/summary.ts";
import { leaveRoutes } from "../../src/reconcile/routes.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

type Changes = Partial<ObservedContainer>;

const web = { port: 80, probed: true, order: "start-first" } as const;
const made: Changes = { state: "created", startedAt: undefined as never, health: "starting" };
const starting: Changes = { health: "starting" };
const ended: Changes = { state: "exited", exitCode: 0, finishedAt: now };

describe("in a failed rollout, a slot with", () => {
  test.each<[string, Changes, Changes, readonly string[]]>([
    [
      "an old replica that serves and a new one that was only made",
      {},
      made,
      ["remove new: the rollout failed"],
    ],
    ["an old replica that serves and a new one that starts", {}, starting, ["stop new: the rollout failed"]],
    [
      "an old replica that serves and a new one that has ended",
      {},
      ended,
      ["remove new: the rollout failed"],
    ],
    [
      "an old replica that starts and a new one that starts",
      starting,
      starting,
      ["stop new: the rollout failed"],
    ],
    ["an old replica that is not ready and a new one that is", starting, {}, ["join new: it runs"]],
    ["an old replica that has ended and a new one that runs", ended, {}, ["stop new: the rollout failed"]],
    [
      "an old replica that has ended and a new one that was only made",
      ended,
      made,
      ["remove new: the rollout failed"],
    ],
  ])("%s", (_, old, fresh, told) => {
    expect(said(slot({ old, fresh }))).toEqual(told);
  });

  it("an old replica that is ready again and a new one that serves: the old one joins before the new one goes", () => {
    expect(said(slot({ behind: "new" }))).toEqual(["join old: it runs"]);
    expect(said(slot({ behind: "both" }))).toEqual(["leave new: the rollout failed"]);
  });

  it("an old replica that starts, a new one that serves, and one that does not: who serves stays", () => {
    const { desired, world } = slot({ old: starting, behind: "new" });
    const { containers } = world.observed;
    const spare = { ...containers[0], ...starting, id: containerId("ffffffffffff") } as ObservedContainer;
    const observed = { ...world.observed, containers: [...containers, spare] };
    expect(said(new Standing(desired, { ...world, observed }))).toEqual([]);
  });

  it("an old replica alone that this update had stopped: it is started, however it ended", () => {
    const alone = slot({ old: ended, fresh: "none" });
    expect(said(alone)).toEqual(["start old: the rollout failed"]);
    expect(renderText(simulate(alone.input(now), digestOf), { specs: {} })).toContain(
      "  ↻ web  1 replica, the rollout failed\n",
    );
  });

  it("a new replica alone that never ran: it goes, and one that did stays", () => {
    expect(said(slot({ old: "none", fresh: made }))).toEqual(["remove new: the rollout failed"]);
    expect(said(slot({ old: "none", fresh: starting }))).toEqual([]);
  });

  it("nothing left in it once that is gone: what it had is made again", () => {
    const alone = slot({ old: "none", fresh: made }).end();
    const [again] = alone.world.observed.containers;
    expect(alone.world.observed.containers).toMatchObject([{ state: "running" }]);
    expect(again && alone.images.get(again.id)).toBe("busybox:1");
  });

  it("one that is being worked on: it is left to that", () => {
    const input = slot({ fresh: starting }).input(now);
    const { operations, rollouts } = step(input);
    expect(step({ ...input, rollouts, inFlight: operations }).operations).toEqual([]);
  });
});

interface Slot {
  readonly old?: Changes | "none";
  readonly fresh?: Changes | "none";
  /** Who is behind the port. */
  readonly behind?: "old" | "new" | "both";
}

/** Both run, and the old one, which this update had stopped or was to stop, is behind the port. */
function slot({ old = {}, fresh = {}, behind = "old" }: Slot): Standing {
  const before = new Standing(desire(aStack("shop", { web })), nothing).end(now - 60_000).end();
  const both = before
    .wish(desire(aStack("shop", { web: { ...web, image: "busybox:2" } })))
    .until(({ world }) => world.observed.routes.some(({ backends }) => backends.length === 2), now - 30_000);
  const oldId = before.world.observed.containers[0]?.id;
  const { observed } = both.world;
  const withdrawn = observed.containers.filter(
    ({ id }) => behind !== "both" && (id === oldId) !== (behind === "old"),
  );
  const routes = withdrawn.reduce((all, each) => leaveRoutes(all, each, all), observed.routes);
  const failure = { operation: "start", message: "it failed" };
  const rollouts = both.world.rollouts.map((each): Rollout => ({
    ...each,
    ...{ phase: "failed", failure, replaced: oldId === undefined ? [] : [oldId] },
  }));
  const changesOf = ({ id }: ObservedContainer): Slot["old"] => (id === oldId ? old : fresh);
  return new Standing(both.desired, { ...both.world, observed: { ...observed, routes }, rollouts })
    .without((each) => changesOf(each) === "none")
    .change((each) => {
      const changes = changesOf(each);
      return changes === undefined || changes === "none" ? {} : changes;
    });
}

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function said(world: Standing): readonly string[] {
  const [first] = world.world.rollouts.flatMap(({ replaced }) => replaced);
  return step(world.input(now)).operations.map((operation) => {
    const which = "container" in operation && operation.container.id === first ? "old" : "new";
    return `${operation.kind} ${which}: ${describeCause(operation.cause)}`;
  });
}
