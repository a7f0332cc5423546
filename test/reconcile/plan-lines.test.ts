/** Lines of a plan: what is told at all, and what is told as one. */
import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { serviceName } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { loadText } from "../stack/support/load-text.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const changed = { environment: { MODE: "new" } };

describe("where an update waits for somebody", () => {
  const canary = { replicas: 2, update: { canary: { count: 1 } } };
  const waits = (text: string): readonly string[] =>
    text.split("\n").flatMap((line) => / (\w+ waits after .*)/.exec(line)?.[1] ?? []);
  const api = { ...canary, replicas: 3 };
  const before = desire(
    aStack("blog", { db: {}, web: canary }),
    aStack("shop", { api, db: {}, web: canary }),
  );
  const after = desire(
    aStack("blog", { db: changed, web: canary }),
    aStack("shop", { api: canary, db: changed, web: { ...canary, ...changed } }),
  );

  it("is told of services that are updated, and of no others", () => {
    expect(waits(planText(before, after))).toEqual(["web waits after 1 of 2 replicas until it is promoted"]);
  });

  it("is not told of one that is promoted already", () => {
    const promoted = { ...after, stacks: after.stacks.map((each) => ({ ...each, promoted: [{}] })) };
    expect(waits(planText(before, promoted))).toEqual([]);
    const another = after.stacks.map((each) => ({ ...each, promoted: [{ service: serviceName("db") }] }));
    expect(waits(planText(before, { ...after, stacks: another }))).toHaveLength(1);
  });
});

describe("steps", () => {
  const steps = (text: string): readonly string[] =>
    text
      .split("\n")
      .flatMap((line) => /^ +[\d-]+ +(\w+ +\S+( … \d+)?)/.exec(line)?.[1]?.replace(/ +/, " ") ?? []);

  it("of one kind, for two reasons, are two lines", () => {
    const text = planText(of({ web: {} }), of({ web: { replicas: 2, ...changed } }));
    expect(steps(text).filter((step) => step.startsWith("create"))).toEqual([
      "create shop-web-1",
      "create shop-web-2",
    ]);
  });

  it("of one kind, with those of another stack between them, are two lines", () => {
    const index = { index: { job: true, replicas: 2, update: { parallelism: 1 } } };
    const text = planText(desire(), desire(aStack("blog", index), aStack("shop", index)));
    expect(steps(text).filter((step) => step.startsWith("start"))).toEqual([
      "start blog-index-1",
      "start blog-index-2",
      "start shop-index-1",
      "start shop-index-2",
    ]);
  });
});

describe("a service", () => {
  it("of which the same name stands for another image is replaced for that", () => {
    const stands = new Standing(of({ web: {} }), nothing).end();
    const { observed } = stands.world;
    const digest = digestOf("pushed since");
    const images = { "busybox:1": { digest, stored: true, onDisk: false } };
    const other = of({ web: {}, worker: {} });
    const input = { ...stands.wish(other).input(now), observed: { ...observed, images } };
    expect(renderText(simulate(input, digestOf), { specs: specsOf(stands.desired) })).toContain(
      `  -/+ web  1 replica\n        image: ${digest} (what the name stands for changed)  compose.yaml:4\n`,
    );
  });

  it("whose networks are others by now is replaced for that", () => {
    const stands = new Standing(of({ web: { networks: ["front"] } }), nothing).end();
    const moved = stands.change(() => ({ networks: ["shop_back"] }));
    expect(renderText(simulate(moved.input(now), digestOf), { specs: {} })).toContain(
      "-/+ web  1 replica, it is to be on shop_front, not on shop_back\n",
    );
  });

  it("that does not run has no downtime", () => {
    const web = { port: 80, order: "stop-first", restart: { condition: "none" } } as const;
    const ended = new Standing(of({ web }), nothing)
      .end()
      .change(() => ({ state: "exited", exitCode: 1, finishedAt: now }));
    const plan = simulate(ended.wish(of({ web: { ...web, ...changed } })).input(now), digestOf);
    expect(plan.operations.map(({ operation }) => operation.kind)).toContain("leave");
    expect(plan.downtime).toEqual([]);
  });

  it("of which a part of a list changes is told where the file has that part", () => {
    const [before, after] = [80, 81].map((published) => {
      const stack = aStack("shop", { web: {} });
      const place = { file: "compose.yaml", line: 9, column: 3 };
      return desire({
        ...stack,
        services: stack.services.map((each) => ({
          ...each,
          source: { ...each.source, sysctls: [{ published }] },
        })),
        places: { ...stack.places, "services.web.sysctls[0]": place },
      });
    });
    if (before === undefined || after === undefined) throw new Error("there are two");
    expect(planText(before, after)).toContain("sysctls[0].published: 80 → 81  compose.yaml:9\n");
  });
});

describe("a problem", () => {
  function failedWith(message: string): ReturnType<typeof simulate> {
    const stands = new Standing(of({ web: {} }), nothing).end();
    const failure = { operation: "start", message };
    const rollouts = stands.world.rollouts.map((each) => ({ ...each, phase: "failed" as const, failure }));
    return simulate(stands.remember(rollouts).input(now), digestOf);
  }

  it("without a hint is told in one line", () => {
    const text = renderText(failedWith("it broke"), { specs: {} });
    expect(text).toBe("Stack shop\n  ! it broke\n\nNothing can be done.");
  });

  it("is code in a comment on a change, also where it begins with a tick", () => {
    expect(renderMarkdown(failedWith("`web` broke"), { specs: {} })).toContain(
      ":warning: `shop`: `` `web` broke ``\n",
    );
  });
});

it("what a step of pre_start is made for is told with its place in the service", async () => {
  const written = (mode: string, step: string): Promise<Desired> =>
    loaded(`name: shop
services:
  web:
    image: busybox:1
    environment:
      MODE: ${mode}
    pre_start:
      - command: [${step}]
`);
  const before = await written("old", "prepare");
  const step = (after: Desired): readonly string[] =>
    planText(before, after)
      .split("\n")
      .filter((line) => /^ +service\./.test(line));
  expect(step(await written("new", "prepare"))).toEqual([
    "        service.environment.MODE: old → new  compose.yaml:6",
  ]);
  expect(step(await written("old", "migrate"))).toEqual([
    '        service.pre_start[0].command: ["prepare"] → ["migrate"]  compose.yaml:8',
  ]);
});

async function loaded(text: string): Promise<Desired> {
  const { stack } = await loadText(text);
  if (stack === undefined) throw new Error("it is not valid");
  return desire(stack);
}

describe("in a comment on a change", () => {
  const rowOf = (from: Desired, to: Desired): string | undefined =>
    renderMarkdown(planned(from, to), { specs: specsOf(from) })
      .split("\n")
      .find((line) => line.startsWith("| replace"));

  it("each change of a service is a line of its cell, whatever lines its values have", () => {
    const lines = { environment: { MODE: "one\ntwo", WAY: "`x`" } };
    expect(rowOf(of({ web: {} }), of({ web: lines }))).toBe(
      "| replace | `shop/web` | 1 | 0 of 1 | " +
        '`environment.MODE: "one\\ntwo" (added)` `compose.yaml:6`<br>``environment.WAY: `x` (added)`` `compose.yaml:5` |',
    );
  });

  it("one that the file has no place for has none", () => {
    const placeless = (words: Words): Desired => desire({ ...aStack("shop", words), places: {} });
    expect(rowOf(placeless({ web: {} }), placeless({ web: changed }))).toBe(
      "| replace | `shop/web` | 1 | 0 of 1 | `environment.MODE: new (added)` |",
    );
    const text = planText(placeless({ web: {} }), placeless({ web: changed }));
    expect(text).toContain("        environment.MODE: new (added)\n");
  });
});

function of(words: Words): Desired {
  return desire(aStack("shop", words));
}

function planned(from: Desired, to: Desired): ReturnType<typeof simulate> {
  return simulate(new Standing(from, nothing).end().wish(to).input(now), digestOf);
}

function planText(from: Desired, to: Desired): string {
  return renderText(planned(from, to), { specs: specsOf(from) });
}

function specsOf({ stacks }: Desired): Readonly<Record<string, Stack["services"][number]["source"]>> {
  const services = stacks.flatMap(({ stack }) => stack.services);
  return Object.fromEntries(
    services.map((each) => [hashService(each, digestOf(each.container.image)), each.source]),
  );
}
