import { describe, expect, it } from "vitest";
import { containerName, type Operation } from "../../src/reconcile/operation.ts";
import { tryAgain } from "../../src/reconcile/step/rollout.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, Observed, ObservedContainer, StepInput } from "../../src/reconcile/types.ts";
import { stackName } from "../../src/model/ids.ts";
import { anInput, aStack, aStranger, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const inOrder = { choose: (below: number) => (below === 100 ? 99 : 0) };

function running(services: Readonly<Record<string, ServiceWords>>): { desired: Desired; world: Drive } {
  const desired = desire(aStack("shop", services));
  return { desired, world: drive(desired, nothing, inOrder) };
}

function changed(world: Drive, changes: Partial<ObservedContainer>): Drive {
  const [first, ...others] = world.observed.containers;
  if (first === undefined) throw new Error("the world has no container");
  return { ...world, observed: { ...world.observed, containers: [{ ...first, ...changes }, ...others] } };
}

/** `start shop-web-1`, in order. */
function steps(desired: Desired, world: Drive, changes: Partial<StepInput> = {}): readonly string[] {
  return step(anInput(desired, { ...world, ...changes })).operations.map(words);
}

function words(operation: Operation): string {
  if (operation.kind === "pull") return `pull ${operation.reference}`;
  if (operation.kind === "create-volume") return `create-volume ${operation.volume}`;
  if (!("container" in operation)) return `${operation.kind} ${operation.network.name}`;
  return `${operation.kind} ${containerName(operation.stack, operation.container)}`;
}

function trajectory(desired: Desired, world: Drive): readonly string[] {
  return simulate({ ...anInput(desired), ...world }, digestOf).operations.map(({ operation }) =>
    words(operation),
  );
}

describe("a container that exited", () => {
  const exited = { state: "exited", exitCode: 1, finishedAt: now + 20_000 } as const;

  it("with an error is started again at once, and a second time only after a while", () => {
    const { desired, world } = running({ web: {} });
    const first = step(anInput(desired, { ...changed(world, exited), now: now + 20_000 }));
    expect(first.operations.map(words)).toEqual(["start shop-web-1"]);
    const inARow = changed(world, { ...exited, startedAt: now + 19_000, restartStreak: 3 });
    const second = step(anInput(desired, { ...inARow, now: now + 20_000 }));
    expect(second.operations).toEqual([]);
    expect(second.wakeAt).toBe(now + 20_400);
  });

  it("with 0 is complete, unless its policy says `any`", () => {
    const done = { ...exited, exitCode: 0 };
    const onFailure = running({ job: {} });
    expect(steps(onFailure.desired, changed(onFailure.world, done), { now: now + 20_000 })).toEqual([]);
    const always = running({ job: { restart: { condition: "any" } } });
    expect(steps(always.desired, changed(always.world, done), { now: now + 20_000 })).toEqual([
      "start shop-job-1",
    ]);
  });

  it("is left alone when its policy is `none` or its attempts are used up", () => {
    const never = running({ web: { restart: { condition: "none" } } });
    expect(steps(never.desired, changed(never.world, exited), { now: now + 60_000 })).toEqual([]);
    const twice = running({ web: { restart: { maxAttempts: 2 } } });
    const usedUp = changed(twice.world, { ...exited, startedAt: now + 19_000, restartStreak: 2 });
    expect(steps(twice.desired, usedUp, { now: now + 60_000 })).toEqual([]);
  });

  it("with an unknown exit code counts as failed", () => {
    const { desired, world } = running({ web: {} });
    const unknown = changed(world, { state: "exited", exitCode: null, finishedAt: now });
    expect(steps(desired, unknown, { now: now + 60_000 })).toEqual(["start shop-web-1"]);
  });
});

describe("a container whose monitor died", () => {
  // Of several names, so that the new one's id sorts before and after the old one's.
  it.each(["web", "api", "db", "job", "mail"])("is replaced, the new one started first: %s", (name) => {
    const { desired, world } = running({ [name]: { port: 80 } });
    const old = world.observed.containers[0]?.id;
    const lost = changed(world, { monitored: false });
    const { operations } = simulate({ ...anInput(desired), ...lost }, digestOf);
    const done = operations.map(({ operation }) => {
      const isOld = "container" in operation && operation.container.id === old;
      return `${operation.kind} ${isOld ? "old" : "new"}`;
    });
    expect(done).toEqual(["create new", "start new", "join new", "leave old", "stop old", "remove old"]);
  });
});

describe("an interrupted creation", () => {
  it("is done again under the same id", () => {
    const { desired, world } = running({ web: {} });
    const half = changed(world, { state: "incomplete" });
    const [again] = step(anInput(desired, half)).operations;
    expect(again).toMatchObject({ kind: "create", container: { id: half.observed.containers[0]?.id } });
  });
});

describe("a rollout", () => {
  const before = aStack("shop", { api: {}, web: { port: 80 } });
  const after = aStack("shop", { api: { image: "broken" }, web: { image: "busybox:2", port: 80 } });
  const failing = (kind: Operation["kind"], service: string) => (operation: Operation) =>
    operation.kind === kind &&
    "container" in operation &&
    operation.container.service === service &&
    operation.stack === "shop";

  it("whose image cannot be had stops and starts nothing", () => {
    const world = drive(desire(before), nothing, inOrder);
    const done: string[] = [];
    const held = drive(desire(after), world, {
      ...inOrder,
      fails: (operation) => operation.kind === "pull" && operation.reference === "broken",
      onApply: (operation) => done.push(words(operation)),
    });
    expect(done.filter((each) => !each.startsWith("pull"))).toEqual([]);
    expect(held.rollouts).toMatchObject([
      { phase: "failed", failure: { operation: "pull broken", message: "it failed" } },
    ]);
  });

  it("of which one container cannot be made stops nothing and takes back what it made", () => {
    const world = drive(desire(before), nothing, inOrder);
    const done: string[] = [];
    const held = drive(desire(after), world, {
      ...inOrder,
      fails: failing("create", "web"),
      onApply: (operation) => done.push(words(operation)),
    });
    expect(done.filter((each) => /^(stop|start|leave)/.test(each))).toEqual([]);
    expect(held.observed.containers).toEqual(world.observed.containers);
    expect(held.rollouts[0]?.retryAt).toBeGreaterThan(now);
  });

  it("of which one container cannot be started brings the one before back", () => {
    const world = drive(desire(before), nothing, inOrder);
    const old = new Set(world.observed.containers.map(({ id }) => id));
    const held = drive(desire(after), world, {
      ...inOrder,
      fails: (operation) =>
        failing("start", "web")(operation) && "container" in operation && !old.has(operation.container.id),
    });
    const web = held.observed.containers.filter(({ service }) => service === "web");
    expect(web).toMatchObject([{ state: "running" }]);
    expect(old.has(web[0]?.id ?? aStranger().id)).toBe(true);
    expect(held.observed.routes[0]?.backends).toHaveLength(1);
    expect(held.rollouts[0]?.retryAt).toBeUndefined();
  });

  it("that failed is begun anew by a new revision or by hand", () => {
    const failed = drive(desire(before), nothing, {
      ...inOrder,
      fails: (operation) => operation.kind === "pull",
    });
    expect(steps(desire(before), failed)).toEqual([]);
    expect(
      steps(desire(before), { ...failed, rollouts: failed.rollouts.map((each) => tryAgain(each, { now })) }),
    ).toEqual(["pull busybox:1"]);
    expect(steps(desire(after), failed)).toEqual(["pull broken", "pull busybox:2"]);
  });

  it("tries a failed preparation again by itself when its time has come", () => {
    const failed = drive(desire(before), nothing, {
      ...inOrder,
      fails: (operation) => operation.kind === "pull",
    });
    const { wakeAt } = step(anInput(desire(before), failed));
    expect(wakeAt).toBe(now + 10_000);
    expect(steps(desire(before), failed, { now: now + 10_000 })).toEqual(["pull busybox:1"]);
  });
});

describe("dependencies", () => {
  it("gate the first start: what is waited for starts first, a job runs to its end", () => {
    const desired = desire(
      aStack("shop", {
        web: { dependsOn: { db: "started", migrate: "completed" } },
        db: {},
        migrate: { dependsOn: { db: "started" } },
      }),
    );
    const starts = trajectory(desired, nothing).filter((each) => each.startsWith("start"));
    expect(starts).toEqual(["start shop-db-1", "start shop-migrate-1", "start shop-web-1"]);
  });
});

describe("what is not ours", () => {
  it("is never touched: other stacks, and services that the inventory does not name", () => {
    const { desired, world } = running({ web: {} });
    const lookalike = { ...aStranger(), stack: stackName("shop") };
    const observed: Observed = {
      ...world.observed,
      containers: [...world.observed.containers, aStranger(), lookalike],
    };
    expect(steps(desired, { ...world, observed })).toEqual([]);
    expect(trajectory(desire(), { ...world, observed })).toEqual(["stop shop-web-1", "remove shop-web-1"]);
  });

  it("is kept when the source could not be read whole", () => {
    const { world } = running({ web: {} });
    expect(steps({ stacks: [], absent: [], complete: [] }, world)).toEqual([]);
  });
});

describe("a pull policy", () => {
  it("`never` fails where the image is not here, and says so", () => {
    const stack = aStack("shop", { web: {} });
    const services = stack.services.map((service) => ({ ...service, pullPolicy: "never" as const }));
    const { operations, rollouts } = step(anInput(desire({ ...stack, services })));
    expect(operations).toEqual([]);
    expect(rollouts[0]?.failure).toMatchObject({
      message: 'image busybox:1 is not on this host, and its pull_policy is "never"',
      hint: "Load it with `tallyman load`, or let it be pulled with pull_policy: missing.",
    });
  });

  it("`never` makes an image ready that is here", () => {
    const stack = aStack("shop", { web: {} });
    const services = stack.services.map((service) => ({ ...service, pullPolicy: "never" as const }));
    const images = { "busybox:1": { digest: digestOf("busybox:1"), stored: false, onDisk: false } };
    const input = anInput(desire({ ...stack, services }), { observed: { ...emptyWorld, images } });
    expect(step(input).operations.map(({ kind }) => kind)).toEqual(["pull"]);
  });

  it("fetches nothing for a revision that has its image, whatever its name stands for by now", () => {
    const { desired, world } = running({ web: {} });
    const images = { "busybox:1": { digest: digestOf("pushed since"), stored: false, onDisk: false } };
    expect(steps(desired, { ...world, observed: { ...world.observed, images } })).toEqual([]);
  });
});

describe("networks", () => {
  it("are made before the containers that join them", () => {
    const desired = desire(aStack("shop", { web: { networks: ["front"] } }));
    expect(steps(desired, nothing)).toEqual(["pull busybox:1", "create-network shop_front"]);
    expect(trajectory(desired, nothing)).toEqual([
      "pull busybox:1",
      "create-network shop_front",
      "create shop-web-1",
      "start shop-web-1",
    ]);
  });

  it("that no service joins any more go, once the rest has succeeded and nobody else is on them", () => {
    const { world } = running({ web: { networks: ["back", "front"] } });
    const desired = desire(aStack("shop", { web: { networks: ["front"] } }));
    expect(trajectory(desired, world).slice(-2)).toEqual(["remove shop-web-1", "remove-network shop_back"]);

    const guest = { ...aStranger(), networks: ["shop_back"] };
    const observed = { ...world.observed, containers: [...world.observed.containers, guest] };
    expect(trajectory(desired, { ...world, observed })).not.toContain("remove-network shop_back");
  });

  it("go with their stack, after its containers", () => {
    const { world } = running({ web: { networks: ["front"] } });
    const gone = { ...desire(), absent: [stackName("shop")] };
    expect(trajectory(gone, world)).toEqual([
      "stop shop-web-1",
      "remove shop-web-1",
      "remove-network shop_front",
    ]);
  });

  it("that are to be different are made so", () => {
    const { desired, world } = running({ web: { networks: ["front"] } });
    const networks = world.observed.networks.map((each) => ({
      ...each,
      spec: { ...each.spec, internal: true },
    }));
    const observed = { ...world.observed, networks };
    expect(trajectory(desired, { ...world, observed })).toEqual(["create-network shop_front"]);
  });

  it("of others are waited for", () => {
    const desired = desire(aStack("shop", { web: { networks: ["foreign"] } }));
    expect(trajectory(desired, nothing)).toEqual(["pull busybox:1"]);
    const foreign = desire(aStack("foreign", { web: { networks: ["front"] } })).stacks[0]?.stack.networks[0]
      ?.spec;
    const networks = foreign ? [{ spec: { ...foreign, name: "shop_foreign" }, subnet: "10.0.0.0/24" }] : [];
    const world = { ...nothing, observed: { ...emptyWorld, networks } };
    expect(trajectory(desired, world)).toEqual(["pull busybox:1", "create shop-web-1", "start shop-web-1"]);
  });

  it("that a container is on by mistake are left: it is replaced", () => {
    const { desired, world } = running({ web: { networks: ["front"] } });
    const before = changed(world, { networks: ["other"] });
    const [create] = simulate({ ...anInput(desired), ...before }, digestOf).operations;
    expect(create?.operation).toMatchObject({
      kind: "create",
      cause: { kind: "networks-changed", from: ["other"], to: ["shop_front"] },
    });
  });
});
