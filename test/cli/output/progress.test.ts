/** What a journal is told: each operation as it ends, and of what goes on for long that it does. */
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { showProgress, type Progress } from "../../../src/cli/output/progress.ts";
import type { Terminal } from "../../../src/cli/output/terminal.ts";
import type { Operation } from "../../../src/reconcile/operation.ts";
import { step } from "../../../src/reconcile/step/step.ts";
import { aStack, desire, emptyWorld, now } from "../../reconcile/build.ts";
import { Standing } from "../../reconcile/rounds.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each<[Operation["kind"], string]>([
  ["pull", "pull web:1"],
  ["create-volume", "create-volume shop_data"],
  ["create-network", "create-network shop_front"],
  ["create", "create shop-web-1"],
  ["start", "start shop-web-1"],
  ["remove", "remove shop-web-1"],
])("a %s that goes on for long is told of once", async (kind, what) => {
  const { progress, said } = await aJournal();
  progress.event({ kind: "begun", operation: operationOf(kind) });
  vi.advanceTimersByTime(29_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([`  … ${what} is still under way after 30s\n`]);
});

it("what ends sooner is told at its end alone", async () => {
  const { progress, said } = await aJournal();
  const operation = operationOf("create");
  progress.event({ kind: "begun", operation });
  vi.advanceTimersByTime(29_999);
  progress.event({ kind: "ended", outcome: { operation, result: { kind: "done" } }, tookMs: 29_999 });
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([expect.stringMatching(/^ {2}✓ create +shop-web-1 +29s\n$/)]);
});

it("what drains is told of soon, and only so", async () => {
  const { progress, said } = await aJournal();
  progress.event({ kind: "begun", operation: operationOf("stop") });
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual([
    "  … shop-web-1 is withdrawn, and stops when its connections have ended, at most 10s from then\n",
  ]);
});

it("who ends it is told what is waited for, and what is left", async () => {
  const { progress, said } = await aJournal();
  const operations = [operationOf("create"), operationOf("pull")];
  progress.event({ kind: "ending", operations, withinMs: 30_000 });
  progress.event({ kind: "left", operations });
  progress.event({ kind: "left", operations: [] });
  expect(said).toEqual([
    "\nEnding, and waiting at most 30s for what is under way: create shop-web-1, pull web:1.\n",
    "\nLeft as it is, still under way: create shop-web-1, pull web:1. The next run goes on with it.\n",
    "\nLeft as it is, still under way: a look at what is there. The next run goes on with it.\n",
  ]);
});

async function aJournal(): Promise<{ readonly progress: Progress; readonly said: readonly string[] }> {
  const said: string[] = [];
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const terminal: Terminal = {
    ...{ stdout: stream, stderr: stream, beforeWrite: () => ({ [Symbol.dispose]: () => undefined }) },
    ...{ paintOut: (_tone, text) => text, paintErr: (_tone, text) => text },
    ...{ out: () => undefined, err: (text) => void said.push(text) },
  };
  return { progress: await showProgress(terminal), said };
}

/** Of a stack that comes and goes. */
function operationOf(kind: Operation["kind"]): Operation {
  const web = { image: "web:1", port: 80, volume: "shop_data", networks: ["front"] };
  const comes = new Standing(desire(aStack("shop", { web })), {
    ...{ observed: emptyWorld, inventory: [], rollouts: [] },
  });
  const rounds = [...comes.rounds(), ...comes.end().wish(desire()).rounds()];
  const all = rounds.flatMap((round) => step(round.input(now)).operations);
  const found = all.find((operation) => operation.kind === kind);
  if (found === undefined) throw new Error(`there is no ${kind}`);
  return found;
}
