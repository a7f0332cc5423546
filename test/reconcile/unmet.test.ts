/** What a rollout says that it waits for: what is missing before anything starts, and what keeps services from it. */
import { describe, expect, it, test } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { defaultNetwork } from "../../src/model/network.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { type Fate, Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const isIll: Fate = ({ health }) => (health === undefined ? undefined : { health: "unhealthy" });
const isWell: Fate = ({ health }) => (health === undefined ? undefined : { health: "healthy" });
const hangs: Fate = () => undefined;
const onDb: ServiceWords = { dependsOn: { db: "healthy" } };
const db: ServiceWords = { probed: true };

describe("services that have not started say why", () => {
  test.each<[string, Words, Fate, Rollout["unmet"]]>([
    ["one is ill", { db, web: onDb }, isIll, unmet({ web: { db: "healthy" } })],
    ["one is well", { db, web: onDb }, isWell, {}],
    ["one has none of its replicas", { db, web: { ...onDb, replicas: 0 } }, isIll, undefined],
    [
      "one of two is ill",
      { db, cache: {}, web: { dependsOn: { db: "healthy", cache: "healthy" } } },
      isIll,
      unmet({ web: { db: "healthy" } }),
    ],
    [
      "a job goes on, and who waits for it is waited for, too",
      {
        migrate: { job: true },
        web: { dependsOn: { migrate: "completed" } },
        edge: { dependsOn: { web: "started" } },
      },
      hangs,
      unmet({ edge: { web: "started" }, web: { migrate: "completed" } }),
    ],
  ])("%s", (_, words, fate, waits) => {
    const [rollout] = new Standing(desire(aStack("shop", words)), nothing, { fate }).end().world.rollouts;
    expect(rollout?.unmet).toEqual(waits);
  });

  const words: Words = { db, web: onDb };
  const ill = new Standing(desire(aStack("shop", words)), nothing, { fate: isIll }).end();

  it("once all is prepared, and not before", () => {
    const [first] = [...new Standing(desire(aStack("shop", words)), nothing).rounds()].flatMap(
      ({ world }) => world.rollouts,
    );
    expect(first).toMatchObject({ phase: "preparing" });
    expect(first?.unmet).toBeUndefined();
  });

  it("until they start", () => {
    const [rollout] = ill.fated(isWell).end().world.rollouts;
    expect(rollout).toMatchObject({ phase: "done", unmet: {} });
  });

  it("until the rollout has failed: nobody waits for anything in it", () => {
    const failure = { operation: "start x", message: "it failed" };
    const failed = ill.world.rollouts.map((each): Rollout => ({ ...each, phase: "failed", failure }));
    const [rollout] = step(ill.remember(failed).input(now)).rollouts;
    expect(rollout).toMatchObject({ phase: "failed", unmet: {} });
  });

  it("not where somebody has stopped them", () => {
    const { stacks, ...rest } = desire(aStack("shop", words));
    const stop = { by: "alice", since: now, service: serviceName("web") };
    const stopped = { ...rest, stacks: stacks.map((each) => ({ ...each, stopped: [stop] })) };
    expect(ill.wish(stopped).end().world.rollouts[0]?.unmet).toEqual({});
  });

  it("not where they have run: what they need being ill is no reason not to start them again", () => {
    const stood = new Standing(desire(aStack("shop", words)), nothing, { fate: isWell }).end();
    const gone = stood
      .fated(isIll)
      .change(({ service }) =>
        service === "db" ? { health: "unhealthy" } : { state: "exited", exitCode: 1, finishedAt: now },
      );
    expect(step(gone.input(now)).rollouts[0]?.unmet).toEqual({});
  });
});

describe("a stack that is being prepared says what is missing", () => {
  const words: Words = { web: { image: "web:1", volume: "shop_data", networks: ["foreign", "front"] } };
  const images = { "web:1": { digest: digestOf("web:1"), stored: true, onDisk: false } };
  const container: Rollout["missing"] = [{ kind: "container", name: "shop-web-1" }];

  it("in order", () => {
    const rounds = [...new Standing(desire(aStack("shop", words)), nothing).rounds()];
    const [first] = rounds.flatMap(({ world }) => world.rollouts);
    expect(first?.missing).toEqual([
      { kind: "image", name: "web:1" },
      { kind: "volume", name: "shop_data" },
      { kind: "network", name: "shop_front" },
      { kind: "network", name: "shop_foreign" },
      ...container,
    ]);
  });

  test.each<[string, Words, Rollout["missing"]]>([
    ["its containers, once the rest is there", { web: { image: "web:1" } }, container],
    ["nothing of a service without replicas", { web: { image: "web:1", replicas: 0 } }, undefined],
  ])("%s", (_, services, missing) => {
    const world = { ...nothing, observed: { ...emptyWorld, images } };
    const [rollout] = step(new Standing(desire(aStack("shop", services)), world).input(now)).rollouts;
    expect(rollout?.missing).toEqual(missing);
    expect(rollout?.unmet).toBeUndefined();
  });

  it("nothing once all of it is there", () => {
    const services: Words = { web: { image: "web:1" } };
    const [rollout] = new Standing(desire(aStack("shop", services)), nothing).end().world.rollouts;
    expect(rollout).toMatchObject({ phase: "done", missing: [] });
  });

  it("nothing for the network of the host that all are on, which comes with the first that joins it", () => {
    const stack = aStack("shop", { web: { image: "web:1" } });
    const world = { ...nothing, observed: { ...emptyWorld, images } };
    const desired = desire({ ...stack, networks: [{ key: "default", name: defaultNetwork }] });
    const [rollout] = step(new Standing(desired, world).input(now)).rollouts;
    expect(rollout?.missing).toEqual(container);
  });

  it("its image, where it is not to be pulled", () => {
    const stack = aStack("shop", { web: { image: "web:1" } });
    const services = stack.services.map((each) => ({ ...each, pullPolicy: "never" as const }));
    const [rollout] = step(new Standing(desire({ ...stack, services }), nothing).input(now)).rollouts;
    expect(rollout).toMatchObject({ phase: "failed", missing: [{ kind: "image", name: "web:1" }, {}] });
  });
});

function unmet(words: Readonly<Record<string, Readonly<Record<string, Condition>>>>): Rollout["unmet"] {
  const entries = Object.entries(words).map(([name, needed]) => [
    name,
    Object.entries(needed).map(([service, condition]) => ({ service: serviceName(service), condition })),
  ]);
  return Object.fromEntries(entries) as Rollout["unmet"];
}

type Condition = "started" | "healthy" | "completed";
