/** An operation of a rollout has failed: whether the whole stack goes back, or is held as it is. */
import { expect, test } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import { containerKey, type Operation } from "../../src/reconcile/operation.ts";
import type { StackView } from "../../src/reconcile/step/stack-view.ts";
import { turnBack } from "../../src/reconcile/step/stack-failure.ts";
import type { ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, digestOf, emptyWorld, now, source } from "./build.ts";

const stopped = containerId("0123456789ab");
const before = aStack("shop", { db: {}, web: {} });
const images = { "busybox:1": digestOf("busybox:1") };
/** Of these two, `db` is held where it fails. */
const wished = aStack("shop", {
  db: { image: "busybox:2", update: { failureAction: "pause" } },
  web: { image: "busybox:2" },
});
const [desired] = desire(before).stacks;
const revision = desired?.revision ?? ("" as never);
const failed: Rollout = {
  ...{ stack: before.name, source, revision, phase: "failed", images, attempts: 1, startedAt: now },
  ...{ replaced: [], failure: { operation: containerKey("start", stopped), message: "no" } },
  good: { revision, stack: before, images },
};

function container(version: 1 | 2, startedAt = undefined as never as number): ObservedContainer {
  const [service] = (version === 1 ? before : wished).services;
  if (service === undefined) throw new Error("it has two");
  const specHash = hashService(service, digestOf(`busybox:${version}`));
  return { ...aStranger(), specHash, startedAt };
}

function outcome(service: "db" | "web", kind: "done" | "failed", id = stopped): Outcome {
  const found = wished.services.find(({ name }) => name === service);
  const operation: Operation = {
    ...{ kind: "start", stack: wished.name, cause: { kind: "created" }, after: [] },
    container: { id, service: found?.name ?? ("" as never), slot: 1 },
  };
  return { operation, result: kind === "done" ? { kind } : { kind, message: "no" } };
}

const pull: Operation = {
  ...{ kind: "pull", stack: wished.name, reference: "busybox:2", cause: { kind: "image-needed" }, after: [] },
};

interface Row {
  readonly rollout?: Partial<Rollout>;
  /** Before this step. */
  readonly phase?: Rollout["phase"];
  readonly containers?: readonly ObservedContainer[];
  readonly outcomes?: readonly Outcome[];
}

const begun = { containers: [container(1, now), container(2, now)] };
const failsWeb = { outcomes: [outcome("db", "done"), outcome("web", "failed")] };
const failsDb = { outcomes: [outcome("web", "done"), outcome("db", "failed")] };

test.each<[string, string, Row]>([
  ["goes back", "where a new container had been started", { ...begun, ...failsWeb }],
  [
    "goes back",
    "where an old one had been stopped for it",
    { ...failsWeb, rollout: { replaced: [stopped] } },
  ],
  ["goes back", "where something of it went back before", { ...failsWeb, rollout: { takenBack: [] } }],
  ["is held", "where a new one had only been made", { ...failsWeb, containers: [container(2)] }],
  ["is held", "where only old ones run", { ...failsWeb, containers: [container(1, now)] }],
  ["is held", "where nothing is there", failsWeb],
  ["is held", "where the service that failed is to be held", { ...begun, ...failsDb }],
  [
    "goes back",
    "where what is to be held has failed, too, beside what failed first",
    { ...begun, outcomes: [outcome("db", "failed", containerId("ba9876543210")), outcome("web", "failed")] },
  ],
  [
    "goes back",
    "where what failed is no service's",
    {
      ...begun,
      outcomes: [outcome("db", "done"), { operation: pull, result: { kind: "failed", message: "no" } }],
    },
  ],
  ["goes back", "where nobody knows what failed", begun],
  [
    "is held",
    "where there is nothing to go back to",
    { ...begun, ...failsWeb, rollout: { good: undefined as never } },
  ],
  ["is held", "where it was held before", { ...begun, ...failsWeb, phase: "failed" }],
  [
    "is held",
    "where there is no word of why",
    { ...begun, ...failsWeb, rollout: { failure: undefined as never } },
  ],
])("it %s %s", (what, _, { rollout = {}, phase = "rolling", containers = [], outcomes = [] }) => {
  const record = { ...failed, ...rollout };
  const view: StackView = {
    ...{ name: before.name, containers, observed: emptyWorld, inventory: [], outcomes, inFlight: [], now },
    ...{ rollout: { ...record, phase }, isBusy: () => false, leaverOf: () => undefined },
  };
  const after = turnBack(record, wished, view);
  if (what === "is held") expect(after).toBe(record);
  else expect(after).toMatchObject({ phase: "rolling-back", attempts: 2, failure: failed.failure });
});

test("a rollout that goes on is left alone", () => {
  const view: StackView = {
    ...{ name: before.name, observed: emptyWorld, inventory: [], outcomes: [], inFlight: [], now },
    ...{ rollout: undefined, isBusy: () => false, leaverOf: () => undefined, ...begun },
  };
  const rolling: Rollout = { ...failed, phase: "rolling" };
  expect(turnBack(rolling, wished, view)).toBe(rolling);
});
