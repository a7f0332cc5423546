/** A network that its stack left to others when it went. */
import { expect, test } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { StackNetwork, Stack } from "../../src/model/stack.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer, StepInput } from "../../src/reconcile/types.ts";
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
  const input = anInput(down("blog"), { ...nothing, observed: { ...emptyWorld, networks }, ...changes });
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

test("it stays where there is a stack of which nobody knows what it needs", () => {
  const inventory = [{ stack: stackName("zoo"), service: aStranger().service, source }];
  expect(last({ inventory })).toEqual([]);
});

test("what no stack has made, or a stack that is known, is not touched", () => {
  expect(last({}, [made("bridge", {}, null)])).toEqual([]);
  const inventory = [{ stack: stackName("shop"), service: aStranger().service, source }];
  expect(last({ inventory })).toEqual([]);
  const container: ObservedContainer = { ...aStranger(), stack: stackName("shop") };
  expect(last({ observed: { ...withNetwork, containers: [container] } })).toEqual([]);
});
