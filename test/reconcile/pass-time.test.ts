/** What a plan passes over where nothing is to be done. */
import { expect, it } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import { type Moment, passTime } from "../../src/reconcile/plan/pass-time.ts";
import type { Wait } from "../../src/reconcile/types.ts";
import { desire, emptyWorld, now } from "./build.ts";

it("a pause is passed over once: one that only moves with the clock leaves its end open", () => {
  const [first, second] = [pass(start, delay("web", 10)), pass(start, delay("web", 10), delay("db", 30))];
  expect(first?.now).toBe(now + 10);
  expect(first && pass(first, delay("web", 20))).toBeUndefined();
  expect(second && pass(second, delay("web", 20), delay("db", 30))?.now).toBe(now + 30);
});

const start: Moment = { now, desired: desire(), observed: emptyWorld };

function delay(service: string, ms: number): Wait {
  return { stack: stackName("shop"), service: serviceName(service), kind: "delay", until: now + ms };
}

function pass(moment: Moment, ...waits: readonly Wait[]): Moment | undefined {
  return passTime(moment, { waits, rollouts: [] });
}
