/** When a revision has shown that it stands. */
import { describe, expect, it, test } from "vitest";
import { slotOfRun } from "../../src/model/run-slot.ts";
import { serviceName } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import { hashesOf, isProven } from "../../src/reconcile/step/proven.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { revisionId } from "../../src/model/ids.ts";
import { aStack, aStranger, digestOf, now } from "./build.ts";

const monitorMs = 60_000;
const stack = aStack("shop", {
  db: { update: { monitorMs } },
  web: { update: { monitorMs: 0 } },
  index: { job: true },
});
const kept = { revision: revisionId("0123456789ab"), stack, images: {} };

function container(service: string, changes: Partial<ObservedContainer> = {}): ObservedContainer {
  return { ...aStranger(), service: serviceName(service), startedAt: now - monitorMs, ...changes };
}

const ended = { state: "exited", finishedAt: now, health: "healthy" } as const;

describe("a revision", () => {
  test.each<[string, string, Partial<ObservedContainer>]>([
    ["stands", "has been watched for its time", {}],
    ["does not stand", "has been watched for a millisecond less", { startedAt: now - monitorMs + 1 }],
    ["does not stand", "has not been started", { state: "created", startedAt: undefined as never }],
    ["does not stand", "is unhealthy", { health: "unhealthy" }],
    ["stands", "has no verdict of its probes yet", { health: "starting" }],
    ["does not stand", "has crashed", { ...ended, exitCode: 1 }],
    ["stands", "has ended as it should, however young", { ...ended, exitCode: 0, startedAt: now }],
    ["stands", "is too young, and a run of a schedule", { slot: slotOfRun(now), startedAt: now }],
    ["stands", "is too young, and of no service of it", { service: serviceName("worker"), startedAt: now }],
  ])("%s where a replica beside another one %s", (what, _, changes) => {
    const containers = [container("web", { startedAt: now }), container("db"), container("db", changes)];
    expect(isProven(kept, containers, now)).toBe(what === "stands");
  });

  it.each<[string, Partial<ObservedContainer>]>([
    ["is at work", {}],
    ["has ended with 0", { ...ended, exitCode: 0 }],
  ])("stands where a job that its healthcheck finds ill %s", (_, changes) => {
    const index = container("index", { ...changes, health: "unhealthy" });
    expect(isProven(kept, [container("web"), container("db"), index], now)).toBe(true);
  });

  it("needs each replica to have been started also where nobody watches it", () => {
    const made = container("web", { state: "created", startedAt: undefined as never });
    expect(isProven(kept, [made, container("db")], now)).toBe(false);
  });

  it("needs each of its services to stand, each by its own time", () => {
    expect(isProven(kept, [container("web"), container("db", { startedAt: now })], now)).toBe(false);
    expect(isProven(kept, [container("web", { startedAt: now }), container("db")], now)).toBe(true);
  });
});

it("is known by the specs of its containers, of those images that it has", () => {
  const mixed = aStack("shop", { db: { image: "postgres:17" }, web: {} });
  const digest = digestOf("busybox:1");
  const [, web] = mixed.services;
  if (web === undefined) throw new Error("it has two");
  expect(hashesOf({ ...kept, stack: mixed, images: { "busybox:1": digest } })).toEqual(
    new Set([hashService(web, digest)]),
  );
});
