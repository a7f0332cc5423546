import { expect, it } from "vitest";
import { rolloutEvents } from "../../src/agent/rollout-events.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Rollout, RolloutPhase } from "../../src/model/rollout.ts";
import { aStack, source } from "../reconcile/build.ts";

const stack = stackName("shop");

it.each<[string, readonly Rollout[], readonly string[]]>([
  ["begins and stands", [on("a", "preparing"), on("a", "rolling"), on("a", "done")], ["begun a", "done a"]],
  ["stands at once", [on("a", "done")], ["begun a", "done a"]],
  ["is watched", [on("a", "rolling"), on("a", "watching"), on("a", "done")], ["begun a", "done a"]],
  ["is overtaken", [on("a", "rolling"), on("b", "preparing", 2)], ["begun a", "begun b"]],
  ["cannot be had at all", [on("a", "failed")], ["begun a", "held a: no route"]],
  [
    "is held and tried again",
    [on("a", "preparing"), on("a", "failed"), on("a", "preparing"), on("a", "failed")],
    ["begun a", "held a: no route", "begun a", "held a: no route"],
  ],
  [
    "goes back",
    [on("b", "rolling"), on("b", "rolling-back"), on("b", "rolled-back")],
    ["begun b", "going-back b to 0: no route", "rolled-back b to 0: no route"],
  ],
  [
    "goes back within one look",
    [on("b", "rolling"), on("b", "rolled-back")],
    ["begun b", "going-back b to 0: no route", "rolled-back b to 0: no route"],
  ],
  [
    "goes back in part",
    [
      on("b", "rolling"),
      inPart("rolling", "api"),
      inPart("watching", "api", "web"),
      inPart("rolled-back", "api", "web"),
    ],
    [
      "begun b",
      "going-back b to 0: api goes back: api is ill",
      "going-back b to 0: web goes back: web is ill",
      "rolled-back b to 0: api went back: api is ill; web went back: web is ill",
    ],
  ],
  [
    "goes back in part, and then whole",
    [inPart("rolling", "api"), on("b", "rolling-back"), on("b", "rolled-back")],
    [
      "begun b",
      "going-back b to 0: api goes back: api is ill",
      "going-back b to 0: no route",
      "rolled-back b to 0: no route",
    ],
  ],
  [
    "goes back in part and is asked for again",
    [inPart("rolling", "api"), on("b", "preparing")],
    ["begun b", "going-back b to 0: api goes back: api is ill", "begun b"],
  ],
  [
    "went back and is asked for again",
    [on("b", "rolled-back"), on("b", "preparing"), on("b", "done")],
    ["going-back b to 0: no route", "rolled-back b to 0: no route", "begun b", "done b"],
  ],
  [
    "was done, was sent back and stands at once where it is asked for again",
    [wasDone("done"), wasDone("rolled-back"), wasDone("done")],
    ["begun b", "done b", "going-back b to 0: no route", "rolled-back b to 0: no route", "begun b", "done b"],
  ],
  [
    "was done and is mended",
    [wasDone("done"), wasDone("rolling"), wasDone("watching"), wasDone("done")],
    ["begun b", "done b"],
  ],
])("of a revision that %s is told: %j", (_what, lived, told) => {
  const changes = lived.map((after, index) => ({ before: lived.slice(0, index).slice(-1), after: [after] }));
  const events = changes.flatMap((change) => rolloutEvents(change));
  expect(
    events.map(({ kind, revision, to, reason }) => {
      const back = to === undefined ? "" : ` to ${to[0] ?? ""}`;
      return `${kind.replace("rollout-", "")} ${revision[0] ?? ""}${back}${reason ? `: ${reason}` : ""}`;
    }),
  ).toEqual(told);
});

function wasDone(phase: RolloutPhase): Rollout {
  return { ...on("b", phase), wasDone: true };
}

function inPart(phase: RolloutPhase, ...services: readonly string[]): Rollout {
  const takenBackFor = Object.fromEntries(
    services.map((name) => [name, { operation: `start ${name}`, message: `${name} is ill` }]),
  );
  return { ...on("b", phase), takenBack: services.map(serviceName), takenBackFor };
}

function on(letter: string, phase: RolloutPhase, startedAt = 1): Rollout {
  const good = { revision: revisionId("0".repeat(12)), stack: aStack("shop", {}), images: {} };
  return {
    ...{ stack, source, revision: revisionId(letter.repeat(12)), phase, images: {}, attempts: 0, startedAt },
    replaced: [],
    good,
    failure: { operation: "start web", message: "no route" },
  };
}
