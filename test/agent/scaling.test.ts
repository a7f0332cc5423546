import { describe, expect, it } from "vitest";
import { applyScales, type Scale, type Scaled } from "../../src/agent/scaling.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Stack } from "../../src/model/stack.ts";
import { aStack, desire, now } from "../reconcile/build.ts";

const shop = aStack("shop", { web: { replicas: 2 }, db: {} });
const [asked] = desire(shop).stacks;

describe("scale", () => {
  it("overrules the number of replicas that the file says, and says so at its line", () => {
    const scaled = apply({ replicas: 5 });
    expect(replicas(scaled)).toEqual({ web: 5, db: 1 });
    expect(scaled.diagnostics).toMatchObject([
      {
        severity: "warning",
        message: "services.web is scaled to 5 until its stack's files change; they say 2",
        hint: "`tallyman scale --reset shop/web` takes that back.",
        place: { file: "compose.yaml" },
      },
    ]);
  });

  it("does not make another revision, which it would end with", () => {
    const { desired } = apply({ replicas: 5 });
    expect(desired.stacks[0]).toMatchObject({ revision: asked?.revision, scaled: { web: 5 } });
  });

  it("goes down to none", () => expect(replicas(apply({ replicas: 0 }))).toEqual({ web: 0, db: 1 }));

  it.each<[string, Partial<Scale>]>([
    ["with the next revision of the files", { revision: revisionId("0".repeat(12)) }],
    ["at its time", { until: now }],
    ["where its service has left the file", { service: serviceName("gone") }],
  ])("ends %s", (_, change) => {
    const scaled = apply(change);
    expect(scaled).toMatchObject({ diagnostics: [], ended: [expect.anything()] });
    expect(replicas(scaled)).toEqual({ web: 2, db: 1 });
  });

  it("is looked at again when the first one ends by itself", () => {
    expect(apply({ until: now + 60_000 })).toMatchObject({ ended: [], nextEnd: now + 60_000 });
  });

  it("waits while its stack's file cannot be read", () => {
    expect(apply({ stack: stackName("blog") })).toMatchObject({ ended: [], diagnostics: [] });
  });

  it("is not for what has an address of its own, of which there is one", () => {
    const fixed: Stack = {
      ...shop,
      services: shop.services.map((service) => ({
        ...service,
        container: {
          ...service.container,
          networks: [{ network: "shop_default", aliases: [], ipv4Address: "10.0.0.5" }],
        },
      })),
    };
    expect(apply({ replicas: 2 }, fixed)).toMatchObject({
      ended: [expect.anything()],
      diagnostics: [{ code: "not-scaled", message: expect.stringContaining("not scaled to 2") as string }],
    });
    expect(apply({ replicas: 0 }, fixed).ended).toHaveLength(0);
  });
});

function apply(change: Partial<Scale>, stack = shop): Scaled {
  const desired = desire(stack);
  const revision = desired.stacks[0]?.revision ?? revisionId("0".repeat(12));
  const scale = { stack: stackName("shop"), service: serviceName("web"), replicas: 5, revision, ...change };
  return applyScales(desired, [scale], now);
}

function replicas({ desired }: Scaled): Record<string, number> {
  return Object.fromEntries(
    desired.stacks.flatMap(({ stack }) => stack.services.map(({ name, replicas }) => [name, replicas])),
  );
}
