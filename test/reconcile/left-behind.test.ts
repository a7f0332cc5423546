/** A network that its stack left to others when it went. */
import { describe, expect, test } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { StackNetwork, Stack } from "../../src/model/stack.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { anInput, aStranger, desire, emptyWorld, source } from "./build.ts";
import { made, on, own } from "./conflict-words.ts";
import { drive, type Drive } from "./drive.ts";

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const external: StackNetwork = { key: "own", name: "edge" };
const down = (...names: readonly string[]): Desired => ({
  stacks: [],
  absent: names.map(stackName),
  complete: [],
});

/** Each stack in turn comes to be, or goes; what is removed with the last one. */
function removed(...wishes: readonly Desired[]): readonly string[] {
  const keys: string[] = [];
  wishes.reduce((world, wish) => {
    keys.length = 0;
    return drive(wish, world, {
      choose: () => 0,
      onApply: (operation) => {
        if (operation.kind === "remove-network") keys.push(keyOf(operation));
      },
    });
  }, nothing);
  return keys;
}

const shop = on("shop", own("edge"));
const blog = on("blog", external);
const zoo = on("zoo", external);
const all = desire(shop, blog, zoo);

test.each<[string, readonly Desired[], readonly string[]]>([
  [
    "goes with the last that is on it, which is taken down",
    [down("shop"), down("blog"), down("zoo")],
    ["edge"],
  ],
  ["goes with the last two", [down("shop"), down("blog", "zoo")], ["edge"]],
  ["goes with the last, which leaves its source", [down("shop"), desire(blog), desire()], ["edge"]],
  ["goes with all of them", [down("shop", "blog", "zoo")], ["edge"]],
  ["stays while another one is on it", [down("shop"), down("blog")], []],
  ["stays for one that is to be on it", [down("shop"), desire(withoutReplicas(zoo))], []],
  [
    "stays for one of another source that has no replicas now",
    [down("shop"), desire(blog, withoutReplicas(zoo)), down("blog")],
    [],
  ],
  ["stays while its stack is there", [down("blog"), down("zoo")], []],
  ["stays where the last one only moves off it", [down("shop", "blog"), desire(on("zoo", own("other")))], []],
])("it %s", (_, wishes, names) => {
  expect(removed(all, ...wishes)).toEqual(names.map((name) => `remove-network ${name}`));
});

function withoutReplicas(stack: Stack): Stack {
  return { ...stack, services: stack.services.map((each) => ({ ...each, replicas: 0 })) };
}

/** The last stack that was on it goes. */
function last(changes: Partial<StepInput>, networks = [made("edge", {}, "shop")]): readonly string[] {
  const input = anInput(changes.desired ?? down("blog"), {
    ...nothing,
    observed: { ...emptyWorld, networks },
    ...changes,
  });
  return step(input).operations.map(keyOf);
}

test("it is tried once by who leaves, and not while that is under way", () => {
  expect(last({})).toEqual(["remove-network edge"]);
  const [operation] = step(anInput(down("blog"), { ...nothing, observed: withNetwork })).operations;
  if (operation === undefined) throw new Error("nothing is removed");
  expect(last({ inFlight: [operation] })).toEqual([]);
  expect(last({ outcomes: [{ operation, result: { kind: "failed", message: "it is in use" } }] })).toEqual(
    [],
  );
});

test("of several that cannot be removed each is tried once, whichever fails first", () => {
  const networks = [made("edge", {}, "shop"), made("back", {}, "shop")];
  let inFlight: readonly Operation[] = [];
  let outcomes: StepInput["outcomes"] = [];
  const tried: string[] = [];
  do {
    const input = anInput(down("blog"), { observed: { ...emptyWorld, networks }, inFlight, outcomes });
    const { operations } = step(input);
    tried.push(...operations.map(keyOf));
    const [first, ...rest] = [...inFlight, ...operations];
    outcomes = first ? [{ operation: first, result: { kind: "failed", message: "it is in use" } }] : [];
    inFlight = rest;
  } while (outcomes.length > 0 && tried.length < 10);
  expect(tried).toEqual(["remove-network edge", "remove-network back"]);
});

const withNetwork = { ...emptyWorld, networks: [made("edge", {}, "shop")] };

test("it is left alone while nobody leaves", () => {
  expect(last({ desired: desire() })).toEqual([]);
});

test("it stays until the last one that is on it is gone", () => {
  const leaving = { ...aStranger(), stack: stackName("blog"), networks: ["edge"] };
  const { stack, service } = leaving;
  const inventory = [{ stack, service, source }];
  expect(last({ inventory, observed: { ...withNetwork, containers: [leaving] } })).not.toContain(
    "remove-network edge",
  );
});

describe("beside a stack", () => {
  const elsewhere = on("zoo", own("other"));
  const ofZoo = { stack: zoo.name, service: aStranger().service, source };
  const begun = (stack: Stack): Partial<StepInput> => ({
    desired: { ...desire(stack), absent: [stackName("blog")] },
    inventory: [ofZoo],
  });
  const stood = (stack: Stack): Partial<StepInput> => {
    const { rollouts, inventory } = drive(
      desire(stack),
      { ...nothing, observed: withNetwork },
      { choose: () => 0 },
    );
    return { rollouts, inventory };
  };

  test.each<[string, Partial<StepInput>, boolean]>([
    ["that is to be on it for the first time", { ...begun(zoo), inventory: [] }, false],
    ["of which nobody knows what it needs", { inventory: [ofZoo] }, false],
    ["of another source that was on it", stood(zoo), false],
    ["that leaves it, and may go back to it", { ...stood(zoo), ...begun(elsewhere) }, false],
    ["of another source that needs it no more", stood(elsewhere), true],
    ["that begins, and does not need it", begun(elsewhere), true],
  ])("%s", (_, changes, goes) => {
    expect(last(changes).includes("remove-network edge")).toBe(goes);
  });
});

test.each<[string, Partial<Operation>, Outcome["result"]]>([
  ["another network of its stack is gone", { network: { name: "back" } }, { kind: "done" }],
  [
    "an image of a stack that nobody wants any longer did not come",
    { kind: "pull", reference: "busybox:2" },
    { kind: "failed", message: "no" },
  ],
])("it goes also when %s", (_, changes, result) => {
  const [removal] = step(anInput(down("blog"), { ...nothing, observed: withNetwork })).operations;
  const operation = { ...removal, ...changes } as Operation;
  expect(last({ outcomes: [{ operation, result }] })).toEqual(["remove-network edge"]);
});

test("what no stack has made, or a stack that is known, is not touched", () => {
  expect(last({}, [made("bridge", {}, null)])).toEqual([]);
  const inventory = [{ stack: stackName("shop"), service: aStranger().service, source }];
  expect(last({ inventory })).toEqual([]);
  const container: ObservedContainer = { ...aStranger(), stack: stackName("shop") };
  expect(last({ observed: { ...withNetwork, containers: [container] } })).toEqual([]);
});
