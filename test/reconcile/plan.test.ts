import { describe, expect, it } from "vitest";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { changesOf } from "../../src/reconcile/plan/summary.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Stack } from "../../src/model/stack.ts";
import { anInput, aStack, desire, digestOf, emptyWorld } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const inOrder = { choose: () => 0 };

/** The plan from what these stacks made to what is now desired, as text. */
function planText(from: readonly Stack[], to: Desired): string {
  const { plan, specs } = planned(from, to);
  return renderText(plan, { specs });
}

function planned(
  from: readonly Stack[],
  to: Desired,
): { readonly plan: Plan; readonly specs: Record<string, JsonObject> } {
  const world =
    from.length === 0
      ? nothing
      : drive(desire(...from), nothing, { choose: (below) => (below === 100 ? 99 : 0) });
  const plan = simulate({ ...anInput(to), ...world }, digestOf);
  const specs: Record<string, JsonObject> = Object.fromEntries(
    from.flatMap((stack) =>
      stack.services.map(
        (service) => [hashService(service, digestOf(service.container.image)), service.source] as const,
      ),
    ),
  );
  return { plan, specs };
}

describe("a plan", () => {
  it("for a new stack pulls and makes everything before it starts anything", async () => {
    const stack = aStack("shop", {
      web: { replicas: 3, port: 8080, dependsOn: { db: "started" } },
      db: { image: "postgres:17", volume: "shop_data" },
    });
    await expect(planText([], desire(stack))).toMatchFileSnapshot("golden/new-stack.txt");
  });

  it("for a changed field says which, from what to what, and where", async () => {
    const before = aStack("shop", {
      web: { replicas: 2, port: 8080, environment: { MODE: "slow", DB_PASSWORD: "a" } },
    });
    const after = aStack("shop", {
      web: { replicas: 2, port: 8080, environment: { MODE: "fast", DB_PASSWORD: "b" } },
    });
    await expect(planText([before], desire(after))).toMatchFileSnapshot("golden/changed-field.txt");
  });

  it("says what changed also where nobody has its file any more, though not where", () => {
    const before = aStack("shop", { web: { environment: { MODE: "slow" } } });
    const { plan, specs } = planned(
      [before],
      desire(aStack("shop", { web: { environment: { MODE: "fast" } } })),
    );
    expect(plan.operations.flatMap(({ operation }) => changesOf(operation, specs, undefined))).toEqual([
      { field: "environment.MODE", from: "slow", to: "fast" },
    ]);
  });

  it("for a comment on a change is Markdown, in which no value is anything but text", async () => {
    const before = aStack("shop", { web: { replicas: 2, environment: { MODE: "a|b" } }, old: {} });
    const after = aStack("shop", { web: { replicas: 2, environment: { MODE: "</code> ``` *c*" } } });
    const { plan, specs } = planned([before], desire(after));
    await expect(renderMarkdown(plan, { specs })).toMatchFileSnapshot("golden/changed-field.md");
  });

  it("tells no password, be it in a URL", () => {
    const withPassword = (password: string): Stack =>
      aStack("shop", { web: { environment: { DB_PWD: password, DB: `postgres://app:${password}@db` } } });
    const plan = planText([withPassword("0ld-one")], desire(withPassword("n3w-one")));
    expect(plan).toContain("environment.DB: postgres://app:(hidden)@db → postgres://app:(hidden)@db");
    expect(plan).toContain("environment.DB_PWD: (hidden) → (hidden)");
    expect(plan).not.toMatch(/0ld|n3w/);
  });

  it("shows on one line what would hide other changes from who reads it", () => {
    const withMode = (mode: string): Stack => aStack("shop", { web: { environment: { MODE: mode } } });
    const plan = planText([withMode("slow")], desire(withMode("fast\u001b[1A\u001b[2K\nimage: busybox:1")));
    expect(plan).toContain('environment.MODE: slow → "fast\\u001b[1A\\u001b[2K\\nimage: busybox:1"');
    expect(plan).not.toContain("\u001b");
  });

  it("for a service with one replica forecasts the moment without it", async () => {
    const after = aStack("shop", { web: { image: "busybox:2" } });
    await expect(planText([aStack("shop", { web: {} })], desire(after))).toMatchFileSnapshot(
      "golden/one-replica.txt",
    );
  });

  it("for fewer replicas removes the highest slots", async () => {
    const after = aStack("shop", { web: { replicas: 1 } });
    await expect(planText([aStack("shop", { web: { replicas: 3 } })], desire(after))).toMatchFileSnapshot(
      "golden/scaled-down.txt",
    );
  });

  it("for a service that left the file removes it after the rest has succeeded", async () => {
    const before = aStack("shop", { web: {}, old: { port: 9000 } });
    await expect(
      planText([before], desire(aStack("shop", { web: {}, new: { port: 9000 } }))),
    ).toMatchFileSnapshot("golden/service-left.txt");
  });

  it("for a stack that left its source removes all of it", async () => {
    await expect(planText([aStack("shop", { web: { replicas: 2 } })], desire())).toMatchFileSnapshot(
      "golden/stack-left.txt",
    );
  });

  it("for a service on other networks makes them first and says which file and line", async () => {
    const before = aStack("shop", { web: { networks: ["front"] } });
    const after = aStack("shop", { web: { networks: ["back"] } });
    await expect(planText([before], desire(after))).toMatchFileSnapshot("golden/other-networks.txt");
  });

  it("for a volume that has another name replaces who mounts it, and says why", async () => {
    const [before, after] = ["shop_data", "other"].map((volume) => aStack("shop", { db: { volume } }));
    if (before === undefined || after === undefined) throw new Error("both are there");
    await expect(planText([before], desire(after))).toMatchFileSnapshot("golden/other-volume.txt");
  });

  it("for a container whose monitor died replaces it, and says why", async () => {
    const stack = aStack("shop", { web: { port: 8080 } });
    const desired = desire(stack);
    const world = drive(desired, nothing, inOrder);
    const containers = world.observed.containers.map((each) => ({ ...each, monitored: false }));
    const lost = { ...anInput(desired), ...world, observed: { ...world.observed, containers } };
    const text = renderText(simulate(lost, digestOf), { specs: {} });
    await expect(text).toMatchFileSnapshot("golden/monitor-died.txt");
  });

  it("is empty where nothing has changed", () => {
    const stack = aStack("shop", { web: { replicas: 2, port: 8080 } });
    expect(planText([stack], desire(stack))).toBe("Nothing to do: what runs is what the files ask for.");
  });

  it("as JSON has a version, numbered operations and their causes", () => {
    const plan = simulate(anInput(desire(aStack("shop", { web: {} }))), digestOf);
    const document: unknown = JSON.parse(renderJson(plan, { specs: {} }));
    expect(document).toMatchObject({
      formatVersion: 1,
      stacks: [{ name: "shop", source: "dir:/stacks" }],
      operations: [
        { number: 1, kind: "pull", image: "busybox:1", after: [] },
        {
          number: 2,
          kind: "create",
          container: { name: "shop-web-1" },
          after: [1],
          cause: { kind: "new-service" },
        },
        { number: 3, kind: "start", after: [2] },
      ],
      summary: { create: 1, replace: 0, remove: 0 },
    });
  });

  it("has another id when the world or the wish is another, and the same one otherwise", () => {
    const one = desire(aStack("shop", { web: {} }));
    const two = desire(aStack("shop", { web: { replicas: 2 } }));
    const id = (desired: Desired): string => simulate(anInput(desired), digestOf).id;
    expect(id(one)).toBe(id(one));
    expect(id(one)).not.toBe(id(two));
    const running = drive(one, nothing, inOrder);
    expect(simulate({ ...anInput(one), ...running }, digestOf).id).not.toBe(id(one));
  });
});
