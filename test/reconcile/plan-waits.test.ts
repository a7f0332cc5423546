/** What a plan waits for, how many replicas are ready at each point, and why a service is away. */
import { describe, expect, it, test } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import type { Service } from "../../src/model/stack.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { spanText } from "../../src/reconcile/plan/wait-text.ts";
import type { Desired, DesiredStack, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const day = 86_400_000;
const worker = { replicas: 3, update: { delayMs: 10_000 } } as const;
const site: ServiceWords = {
  ...{ replicas: 20, port: 80, probed: true },
  update: {
    ...{ parallelism: 10, canary: { percent: 10 }, autoPromoteMs: 600_000 },
    ...{ delayMs: 90_000, drainMs: 30_000, monitorMs: 20_000 },
  },
};

describe("the plan of an update", () => {
  it("of one replica tells when nobody is there, and why", async () => {
    await expect(textOf(planOf({ db: { volume: "shop_data" } }))).toMatchFileSnapshot("golden/waits-one.txt");
  });

  it("of three says between which steps it waits, and how many are ready meanwhile", async () => {
    await expect(textOf(planOf({ worker }))).toMatchFileSnapshot("golden/waits-three.txt");
  });

  it("of twenty stays readable: like steps are one line", async () => {
    await expect(textOf(planOf({ site }))).toMatchFileSnapshot("golden/waits-twenty.txt");
  });

  it("names six rows of what a step comes after, and how many more", () => {
    const plan = planOf({ site });
    const operations = plan.operations.map((each) => ({ ...each, after: [1, 3, 5, 7, 9, 11, 13, 15, 16] }));
    expect(textOf({ ...plan, operations })).toContain("after 1, 3, 5, 7, 9, 11 and 3 more");
    const six = plan.operations.map((each) => ({ ...each, after: [1, 3, 5, 7, 9, 11] }));
    expect(textOf({ ...plan, operations: six })).toMatch(/after 1, 3, 5, 7, 9, 11(?! and)/);
  });

  it("has like steps in two lines where it waits between them", () => {
    const plan = simulate(new Standing(wish(1, { web: { replicas: 4 } }), nothing).input(now), digestOf);
    const [third] = plan.operations.filter(({ operation }) => operation.kind === "create").slice(1);
    if (third === undefined) throw new Error("there are four");
    const wait = {
      stack: stackName("shop"),
      service: serviceName("web"),
      kind: "delay",
      ms: 10_000,
    } as const;
    const waiting = textOf({ ...plan, waits: [{ ...wait, after: third.number }] });
    expect(textOf(plan)).toContain("create         shop-web-1 … 4");
    expect(waiting).toMatch(/ shop-web-1 … 2 .*\n +web waits 10 s\n.* shop-web-3 … 4 /);
  });

  it("that has begun tells the wait that it is in, and one whose stack is only watched tells none", () => {
    const begun = standing({ worker }).wish(wish(2, { worker })).end(now);
    const [first] = simulate(begun.input(now), digestOf).waits;
    expect(first).toMatchObject({ service: "worker", kind: "delay", after: 0 });
    const watched = standing({ web: {} })
      .wish(wish(2, { web: {} }))
      .end(now);
    expect(watched.world.rollouts).toMatchObject([{ phase: "watching" }]);
    expect(simulate(watched.input(now), digestOf)).toMatchObject({ operations: [], waits: [] });
  });

  it("that is through waits for nothing more", () => {
    const through = standing({ web: {} });
    expect(step(through.input(now + day))).not.toHaveProperty("waits");
  });

  it("has waits and readiness in JSON, for programs", () => {
    const { waits, operations } = JSON.parse(renderJson(planOf({ worker }), { specs: {} })) as {
      readonly waits: unknown;
      readonly operations: readonly { readonly number: number; readonly ready?: number }[];
    };
    const delay = { stack: "shop", service: "worker", kind: "delay", seconds: 10 };
    expect(waits).toEqual([
      { ...delay, after: 5 },
      { ...delay, after: 9 },
      { stack: "shop", service: null, kind: "watch", after: 12, seconds: 5 },
    ]);
    expect(operations.flatMap(({ number, ready }) => (ready === undefined ? [] : [[number, ready]]))).toEqual(
      [2, 6, 10].flatMap((stop) => [
        [stop, 2],
        [stop + 1, 3],
      ]),
    );
    expect(operations[1]).toMatchObject({ kind: "stop", ready: 2, wanted: 3 });
  });

  it("has them in Markdown, the same wait again and again once", async () => {
    const plan = planOf({ worker, site, job: { job: true } });
    await expect(renderMarkdown(plan, { specs: {} })).toMatchFileSnapshot("golden/waits.md");
  });

  it("says how long a replica that leaves is drained, of those that have ports", () => {
    const drains = [{ site }, { worker }].map((services) => {
      const { operations } = JSON.parse(renderJson(planOf(services), { specs: {} })) as {
        readonly operations: readonly { readonly kind: string; readonly drainSeconds?: number }[];
      };
      return operations.flatMap(({ kind, ...each }) =>
        "drainSeconds" in each ? [[kind, each.drainSeconds]] : [],
      );
    });
    expect(drains).toEqual([Array.from({ length: 20 }, () => ["stop", 30]), []]);
  });

  it("of which nobody knows when it is promoted waits for that, and for no time", () => {
    const plan = planOf({ web: { replicas: 2, update: { canary: { count: 1 } } } });
    const { waits } = JSON.parse(renderJson(plan, { specs: {} })) as { readonly waits: unknown };
    expect(waits).toMatchObject([{ service: "web", kind: "promotion", after: 4, seconds: null }, {}]);
  });

  it("counts no replicas of jobs, nor of what leaves", () => {
    const stands = standing({ index: { job: true }, gone: {} });
    const plan = simulate(stands.wish(wish(2, { index: { job: true } })).input(now), digestOf);
    expect(plan.operations.filter(({ ready }) => ready)).toEqual([]);
  });
});

describe("the plan of a stack that is held", () => {
  const hold = { by: "alice", since: now };
  test.each<[string, Partial<DesiredStack>, string]>([
    ["suspended", { suspended: hold }, "Not done while it is suspended by alice since 2026-01-01T00:00:00Z"],
    ["paused", { paused: hold }, "Goes no further while it is paused by alice since 2026-01-01T00:00:00Z"],
  ])("says that it is %s in its summary, and in Markdown at its head", (word, said, line) => {
    const plan = planOf({ web: { port: 80 } }, said);
    expect(textOf(plan)).toMatch(new RegExp(`Downtime: none\\. Held back: shop \\(${word}\\)\\.$`));
    expect(renderMarkdown(plan, { specs: {} }).split("\n\n").slice(0, 2)).toEqual([
      expect.stringMatching(new RegExp(`^\\*\\*Plan .* Held back: shop \\(${word}\\)\\.\\*\\*$`)) as string,
      `:raised_hand: \`shop\`: \`${line}\``,
    ]);
  });

  it("says nothing of it where there is nothing to do", () => {
    const stands = standing({ web: {} });
    const plan = simulate(stands.wish(saidOf(wish(1, { web: {} }), { paused: hold })).input(now), digestOf);
    expect(textOf(plan)).toBe("Nothing to do: what runs is what the files ask for.");
  });
});

describe("a downtime has its reason", () => {
  const host = { container: { network: "host" } } as const;
  const fixed = {
    container: { networks: [{ network: "a", aliases: [], ipv4Address: "10.1.0.9" }] },
  } as const;
  const tty = { kind: "host", source: "/dev/ttyS0", target: "/dev/ttyS0", permissions: "rw" } as const;
  const folder = {
    kind: "bind",
    source: "/srv",
    target: "/srv",
    readOnly: false,
    createSource: false,
  } as const;
  const nameless = { kind: "volume", target: "/data", readOnly: false, noCopy: false } as const;
  const ports = [{ hostAddress: "", hostPort: 80, containerPort: 80, protocol: "tcp" }] as const;
  const mode = { ports: ports.map((port) => ({ ...port, ofOneReplica: true as const })) };

  test.each<[string, ServiceWords, Changes]>([
    ["it has neither ports nor a healthcheck", {}, {}],
    ["its order is stop-first", { probed: true, order: "stop-first" }, {}],
    ["it writes to a volume at /data", { port: 80, volume: "shop_data" }, {}],
    ["it writes to /srv", { port: 80 }, { container: { mounts: [folder] } }],
    ["it writes to /data", { port: 80 }, { container: { mounts: [nameless] } }],
    ["it has the address 10.1.0.9", { probed: true }, fixed],
    ["it has the network of the host", { probed: true }, host],
    ["it has devices of the host", { probed: true }, { container: { devices: [tty] } }],
    ["it has a port for 80 that is one replica's", { probed: true }, mode],
    [
      "its order is stop-first, and all 3 are replaced at once",
      { probed: true, replicas: 3, order: "stop-first", update: { parallelism: 0 } },
      {},
    ],
  ])("%s", (reason, words, changes) => {
    const [before, after] = [1, 2].map((version) => dressed(wish(version, { web: words }), changes));
    if (before === undefined || after === undefined) throw new Error("there are two");
    const plan = simulate(new Standing(before, nothing).end().wish(after).input(now), digestOf);
    expect(plan.downtime).toEqual([{ stack: "shop", service: "web", reason }]);
    expect(textOf(plan)).toMatch(new RegExp(`Downtime: web \\(${reason}\\)\\.$`));
  });

  it("where its image keeps data", () => {
    const stands = new Standing(wish(1, { web: { port: 80 } }), nothing)
      .end()
      .change(() => ({ keepsData: true }));
    const plan = simulate(stands.wish(wish(2, { web: { port: 80 } })).input(now), digestOf);
    expect(plan.downtime).toMatchObject([{ reason: "its image keeps data in volumes" }]);
  });

  it("of all that share namespaces, one each", () => {
    const plan = planOf({ vpn: {}, app: { joins: "vpn", image: "app:1" } });
    expect(textOf(plan)).toMatch(
      /Downtime: app \(it shares namespaces of vpn\), vpn \(it has namespaces that app shares\)\.$/,
    );
  });

  it("is told once for all services that have the same", () => {
    expect(textOf(planOf({ a: {}, b: {} }))).toMatch(
      /Downtime: a, b \(it has neither ports nor a healthcheck\)\.$/,
    );
  });
});

test.each([
  [500, "0.5 s"],
  [10_000, "10 s"],
  [60_000, "60 s"],
  [90_000, "90 s"],
  [7_342, "7.3 s"],
  [600_000, "10 min"],
  [3_600_000, "60 min"],
  [7_200_000, "2 h"],
])("%d ms are told as %s", (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

type Words = Readonly<Record<string, ServiceWords>>;
type Changes = Partial<Omit<Service, "container">> & { readonly container?: Partial<ContainerSpec> };

/** All of it in another version. */
function wish(version: number, words: Words): Desired {
  const environment = { VERSION: `${version}` };
  const services = Object.entries(words).map(([name, each]) => [name, { environment, ...each }] as const);
  return desire(aStack("shop", Object.fromEntries(services)));
}

/** Its jobs have ended, and are under way once more. */
function standing(words: Words): Standing {
  const isOfJob = ({ service }: ObservedContainer): boolean => words[service]?.job === true;
  return new Standing(wish(1, words), nothing)
    .fated((each) => (isOfJob(each) ? { state: "exited", exitCode: 0, finishedAt: now } : undefined))
    .end(now - day)
    .end(now)
    .change((each) => (isOfJob(each) ? { state: "running", exitCode: null } : {}));
}

function planOf(words: Words, said: Partial<DesiredStack> = {}): Plan {
  return simulate(
    standing(words)
      .wish(saidOf(wish(2, words), said))
      .input(now),
    digestOf,
  );
}

function saidOf(desired: Desired, said: Partial<DesiredStack>): Desired {
  return { ...desired, stacks: desired.stacks.map((each) => ({ ...each, ...said })) };
}

function dressed(desired: Desired, { container, ...changes }: Changes): Desired {
  const [each] = desired.stacks;
  if (each === undefined) throw new Error("there is one");
  const services = each.stack.services.map((service) => ({
    ...service,
    ...changes,
    container: { ...service.container, ...container },
  }));
  return desire({ ...each.stack, services });
}

function textOf(plan: Plan): string {
  return renderText(plan, { specs: {} });
}
