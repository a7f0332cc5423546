/** One operation, one call, and what came of it. */
import { describe, expect, it, test } from "vitest";
import { TallymanError } from "../../src/model/error.ts";
import { execute, type Port } from "../../src/reconcile/execute.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";
import { step } from "../../src/reconcile/step/step.ts";

const digest = digestOf("busybox:1");

/** Writes down who was called; each call ends as `ends` says. */
function aPort(calls: string[], ends: () => Promise<void> = () => Promise.resolve()): Port {
  const said = (call: string) => (): Promise<void> => {
    calls.push(call);
    return ends();
  };
  return {
    pull: async () => {
      await said("pull")();
      return digest;
    },
    createVolume: said("createVolume"),
    createNetwork: said("createNetwork"),
    removeNetwork: said("removeNetwork"),
    create: said("create"),
    start: said("start"),
    join: said("join"),
    leave: said("leave"),
    stop: said("stop"),
    remove: said("remove"),
  };
}

/** One of each kind, from a stack that comes and goes. */
function operations(): ReadonlyMap<Operation["kind"], Operation> {
  const web = { port: 80, volume: "shop_data", networks: ["front"] };
  const comes = new Standing(desire(aStack("shop", { web })), {
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
  });
  const rounds = [...comes.rounds(), ...comes.end().wish(desire()).rounds()];
  const all = rounds.flatMap((round) => step(round.input(now)).operations);
  return new Map(all.map((operation) => [operation.kind, operation]));
}

test.each<[Operation["kind"], string]>([
  ["pull", "pull"],
  ["create-volume", "createVolume"],
  ["create-network", "createNetwork"],
  ["remove-network", "removeNetwork"],
  ["create", "create"],
  ["start", "start"],
  ["join", "join"],
  ["leave", "leave"],
  ["stop", "stop"],
  ["remove", "remove"],
])("%s is one call of %s", async (kind, call) => {
  const operation = operations().get(kind);
  if (operation === undefined) throw new Error(`no ${kind} was begun`);
  const calls: string[] = [];
  const outcome = await execute(operation, aPort(calls), new AbortController().signal);
  expect(calls).toEqual([call]);
  expect(outcome).toEqual({ operation, result: { kind: "done", ...(kind === "pull" && { digest }) } });
});

describe("what fails is told, and not thrown", () => {
  const failing = async (error: Error): Promise<unknown> => {
    const operation = operations().get("stop");
    if (operation === undefined) throw new Error("nothing was stopped");
    const port = aPort([], () => Promise.reject(error));
    return (await execute(operation, port, new AbortController().signal)).result;
  };

  it("with the hint of an error that has one", async () => {
    const error = new TallymanError("disk-full", "no room is left", { hint: "Make some." });
    expect(await failing(error)).toEqual({ kind: "failed", message: "no room is left", hint: "Make some." });
  });

  it("without one where there is none", async () => {
    expect(await failing(new Error("it broke"))).toEqual({ kind: "failed", message: "it broke" });
  });
});
