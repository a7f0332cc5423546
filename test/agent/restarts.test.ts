import { expect, it } from "vitest";
import { applyRestarts } from "../../src/agent/restarts.ts";
import { applyScales } from "../../src/agent/scaling.ts";
import { serviceName, stackName } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, now } from "../reconcile/build.ts";

const shop = stackName("shop");
const web = serviceName("web");
const wish = desire(aStack("shop", { web: {}, db: {} }), aStack("blog", { web: {} }));
const [written] = wish.stacks;

it("a restart makes a service another one, and its stack another revision of the same files", () => {
  const marked = applyRestarts(wish, [{ stack: shop, service: web, at: now }]);
  expect(changed(marked)).toEqual(["shop/web"]);
  expect(marked.stacks[0]?.revision).not.toBe(written?.revision);
  expect(marked.stacks[0]?.written).toBe(written?.revision);
  expect(marked.stacks[1]).toEqual(wish.stacks[1]);
});

it("a restart of a stack is one of all its services, and a later one of a service counts", () => {
  const all = { stack: shop, at: now };
  expect(changed(applyRestarts(wish, [all]))).toEqual(["shop/db", "shop/web"]);
  const later = applyRestarts(wish, [all, { stack: shop, service: web, at: now + 1 }]);
  const earlier = applyRestarts(wish, [all, { stack: shop, service: web, at: now - 1 }]);
  expect(later.stacks[0]?.revision).not.toBe(earlier.stacks[0]?.revision);
  expect(earlier).toEqual(applyRestarts(wish, [all]));
});

it.each([
  ["a stack does not do its jobs again, but what prepares its services", undefined, "shop/prepare shop/web"],
  ["a service has what prepares it done again", "web", "shop/prepare shop/web"],
  ["a job that is named has it done again", "report", "shop/report"],
])("a restart of %s", (_, service, marked) => {
  const [shopWithJobs] = desire(
    aStack("shop", { web: {}, prepare: { job: true }, report: { job: true } }),
  ).stacks;
  if (shopWithJobs === undefined) throw new Error("there is no stack");
  const services = shopWithJobs.stack.services.map((each) =>
    each.name === "prepare" ? { ...each, prepares: web } : each,
  );
  const stacks = [{ ...shopWithJobs, stack: { ...shopWithJobs.stack, services } }];
  const asked = { stack: shop, at: now, ...(service !== undefined && { service: serviceName(service) }) };
  const { stacks: after } = applyRestarts({ ...wish, stacks }, [asked]);
  const isMarked = ({ source }: { readonly source: object }): boolean => "x-restarted-at" in source;
  const names = after.flatMap(({ stack }) =>
    stack.services.filter(isMarked).map(({ name }) => `shop/${name}`),
  );
  expect(names.sort().join(" ")).toBe(marked);
});

it("a restart does not end what scale said", () => {
  const revision = written?.revision;
  if (revision === undefined) throw new Error("there is no stack");
  const marked = applyRestarts(wish, [{ stack: shop, at: now }]);
  const { ended, desired } = applyScales(marked, [{ stack: shop, service: web, replicas: 3, revision }], now);
  expect(ended).toEqual([]);
  expect(desired.stacks[0]?.scaled).toEqual({ web: 3 });
});

/** Services whose containers would be replaced. */
function changed({ stacks }: Desired): readonly string[] {
  const before = new Set(hashesOf(wish));
  return hashesOf({ stacks, absent: [], complete: [] })
    .filter((each) => !before.has(each))
    .map((each) => each.split(" ")[0] ?? "");
}

function hashesOf({ stacks }: Desired): readonly string[] {
  return stacks.flatMap(({ stack }) =>
    stack.services.map(
      (service) => `${stack.name}/${service.name} ${hashService(service, digestOf(service.container.image))}`,
    ),
  );
}
