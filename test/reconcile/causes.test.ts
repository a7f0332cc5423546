/** Why a container is made, started or taken away, as plans and events tell it. */
import { describe, expect, it, test } from "vitest";
import { describeCause } from "../../src/reconcile/plan/summary.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const absent = undefined as never;
const crash: Partial<ObservedContainer> = { state: "exited", exitCode: 3, finishedAt: now };

describe("a container", () => {
  test.each<[string, ServiceWords, Partial<ObservedContainer>, string]>([
    [
      "that was half made",
      {},
      { state: "incomplete", startedAt: absent },
      "create web 1: its creation was interrupted",
    ],
    ["whose monitor died", {}, { monitored: false }, "create web 1: its monitor died"],
    [
      "that is on another network",
      { networks: ["front"] },
      { networks: ["shop_back"] },
      "create web 1: it is to be on shop_front, not on shop_back",
    ],
    [
      "that is on no network",
      { networks: ["front"] },
      { networks: absent },
      "create web 1: it is to be on shop_front, not on none",
    ],
    [
      "that is to be on none",
      {},
      { networks: ["shop_front"] },
      "create web 1: it is to be on no network, not on shop_front",
    ],
    [
      "that mounts another volume",
      { volume: "shop_data" },
      { volumes: ["other"] },
      "create web 1: it is to mount shop_data, not other",
    ],
    ["that ended", {}, crash, "start web 1: exited with 3"],
    ["that ended, as its monitor has", {}, { ...crash, monitored: false }, "start web 1: exited with 3"],
    ["that ended unhealthy", {}, { ...crash, health: "unhealthy" }, "start web 1: it is unhealthy"],
    ["that is unhealthy", {}, { health: "unhealthy" }, "stop web 1: it is unhealthy"],
    [
      "of which nobody brought the start to its end",
      {},
      { hooksPending: true },
      "start web 1: its post_start hooks were interrupted",
    ],
  ])("%s", (_, words, changes, told) => {
    expect(said(standing(words).change(() => changes))).toEqual([told]);
  });

  it("that is missing, or that more are to be", () => {
    const three = standing({ replicas: 3 });
    const missing = three.without(({ slot }) => slot === 2);
    const more = three.wish(desire(aStack("shop", { web: { replicas: 4 } })));
    expect(said(missing)).toEqual(["create web 2: replica missing"]);
    expect(said(more)).toEqual(["create web 4: replica missing"]);
  });

  it("on namespaces of one that is another one now", () => {
    const wished = (image: string): Desired =>
      desire(aStack("shop", { app: { joins: "vpn" }, vpn: { image } }));
    const stands = new Standing(wished("vpn:1"), nothing).end(now - 60_000).end();
    const told = [...stands.wish(wished("vpn:2")).rounds(now)].flatMap(said);
    expect(told).toContain("create app 1: it shares namespaces of vpn, which is replaced");
  });

  it("of an update that failed, in the place of one that is back", () => {
    const words = { port: 80, probed: true };
    const next = desire(aStack("shop", { web: { ...words, image: "busybox:2" } }));
    const failing = standing(words)
      .wish(next)
      .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : { health: "healthy" }));
    expect([...failing.rounds(now)].flatMap(said)).toContain("remove web 1: the rollout failed");
  });
});

it("what a new stack needs is not there, and its networks go with it", () => {
  const desired = desire(aStack("shop", { web: { volume: "shop_data", networks: ["front"] } }));
  const first = new Standing(desired, nothing);
  expect(said(first)).toEqual([
    "pull: not on this host",
    "create-volume: does not exist yet",
    "create-network: does not exist yet",
  ]);
  expect([...first.end().wish(desire()).rounds(now)].flatMap(said)).toContain(
    "remove-network: the stack is taken away",
  );
});

it("a network that the file has no longer goes, and says so", () => {
  const before = standing({ networks: ["front", "back"] });
  const after = before.wish(desire(aStack("shop", { web: { networks: ["front"] } })));
  expect([...after.rounds(now), ...after.end().rounds(now + 60_000)].flatMap(said)).toContain(
    "remove-network: no service joins it any more",
  );
});

it("a replica that ended without an exit code fails its update in those words", () => {
  const web = { port: 80, restart: { condition: "none" } } as const;
  const next = desire(aStack("shop", { web: { ...web, image: "busybox:2" } }));
  const failing = standing(web)
    .wish(next)
    .fated((_, image) =>
      image === "busybox:2" ? { state: "exited", exitCode: null, finishedAt: now } : undefined,
    );
  expect(failing.end().world.rollouts).toMatchObject([
    { failure: { message: "the new shop-web-1 exited with an unknown code" } },
  ]);
});

describe("an interrupted start", () => {
  test.each([
    ["of a container that had ended goes on in its row of restarts", 3, { restartStreak: 3 }],
    ["that is the first one is in no row", 0, {}],
  ])("%s", (_, restartStreak, row) => {
    const world = standing({}).change(() => ({ hooksPending: true, restartStreak }));
    const [start] = step(world.input(now)).operations;
    expect(start).toMatchObject({ kind: "start", ...row });
    expect(start && "restartStreak" in start).toBe(restartStreak > 0);
  });
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function standing(web: ServiceWords): Standing {
  return new Standing(desire(aStack("shop", { web })), nothing).end(now - 60_000).end();
}

function said(world: Standing): readonly string[] {
  return step(world.input(now)).operations.map((operation) => {
    const what =
      "container" in operation ? ` ${operation.container.service} ${operation.container.slot}` : "";
    return `${operation.kind}${what}: ${describeCause(operation.cause)}`;
  });
}
