/** A stack in which some services are as they were, and the others as they are to be. */
import { describe, expect, it, test } from "vitest";
import type { Mount } from "../../src/model/container-spec.ts";
import { serviceName } from "../../src/model/ids.ts";
import type { Service, Stack } from "../../src/model/stack.ts";
import { hasClash } from "../../src/reconcile/step/mix-clash.ts";
import { mixStacks } from "../../src/reconcile/step/mix-stacks.ts";
import { pinImages } from "../../src/reconcile/step/pin-images.ts";
import { withDependents } from "../../src/reconcile/step/with-dependents.ts";
import { hashStack } from "../../src/model/spec-hash.ts";
import { aStack, digestOf, type ServiceWords } from "./build.ts";

type Services = Readonly<Record<string, ServiceWords>>;

const [old, next] = [{ image: "busybox:1" }, { image: "busybox:2" }];

it.each<[string, readonly string[], Services, Services, readonly string[]]>([
  ["nothing", [], { api: old, web: old }, { api: next, web: next }, ["api 2", "web 2"]],
  ["one", ["api"], { api: old, web: old }, { api: next, web: next }, ["api 1", "web 2"]],
  ["all", ["api", "web"], { api: old, web: old }, { api: next, web: next }, ["api 1", "web 1"]],
  ["one that is new", ["api"], { web: old }, { api: next, web: next }, ["web 2"]],
  ["one, where another is new", ["web"], { web: old }, { api: next, web: next }, ["api 2", "web 1"]],
  ["one, where another has left", ["web"], { api: old, web: old }, { web: next }, ["api 1", "web 1"]],
  [
    "one that others depend on no more",
    ["db"],
    { db: old, web: old },
    { db: next, web: next },
    ["db 1", "web 2"],
  ],
])("%s is taken back", (_, takenBack, before, after, mix) => {
  const found = mixStacks(aStack("shop", after), aStack("shop", before), takenBack.map(serviceName));
  expect(found.services.map(({ name, container: { image } }) => `${name} ${image.slice(-1)}`)).toEqual(mix);
});

it("what prepares the start of a service goes back with it, and with nothing else", () => {
  const before = withHooks(aStack("shop", { api: old, "api-hook": old, web: old, "web-old-hook": old }));
  const after = withHooks(aStack("shop", { api: next, "api-new-hook": next, web: next, "web-hook": next }));
  const { services } = mixStacks(after, before, [serviceName("api")]);
  expect(services.map(({ name, container: { image } }) => `${name} ${image}`)).toEqual([
    "api busybox:1",
    "api-hook busybox:1",
    "web busybox:2",
    "web-hook busybox:2",
  ]);
});

describe("in a mix", () => {
  const data = "data";
  it.each<[string, Services, Services, boolean]>([
    ["two have a port", { api: { port: 80 }, web: {} }, { api: {}, web: { port: 80 } }, true],
    ["each has its own port", { api: { port: 80 }, web: {} }, { api: {}, web: { port: 81 } }, false],
    [
      "two have a port that is yet to be chosen",
      { api: { port: 0 }, web: {} },
      { api: {}, web: { port: 0 } },
      false,
    ],
    [
      "one that has left is on a network of another",
      { api: {}, old: { networks: ["back"] } },
      { api: {}, web: { networks: ["back"] } },
      false,
    ],
    ["one that has left has a port", { api: {}, old: { port: 80 } }, { api: {}, web: { port: 80 } }, true],
    ["two write to a volume", { api: { volume: data }, web: {} }, { api: {}, web: { volume: data } }, true],
    [
      "two write to a volume, as before",
      { api: { volume: data }, web: { volume: data } },
      { api: {}, web: { volume: data } },
      false,
    ],
    [
      "two write to a volume, as they are to",
      { api: { volume: data }, web: {} },
      { api: { volume: data }, web: { volume: data } },
      false,
    ],
    [
      "what prepares the start of one writes to its volume, which another shares as before",
      { api: { volume: data }, web: { volume: data } },
      { api: {}, web: { volume: data }, "web-hook": { volume: data } },
      false,
    ],
  ])("%s", (_, first, second, clashes) => {
    const [before, after] = [withHooks(aStack("shop", first)), withHooks(aStack("shop", second))];
    expect(hasClash(mixStacks(after, before, [serviceName("api")]), [after, before])).toBe(clashes);
  });

  it.each<[string, Mount, Mount, boolean]>([
    ["write to a folder of the host", inFolder("/srv"), inFolder("/srv"), true],
    ["write to a folder each", inFolder("/srv"), inFolder("/mnt"), false],
    ["write to a volume each", onVolume("data"), onVolume("logs"), false],
    ["write to a volume that is called like a folder", onVolume("/srv"), inFolder("/srv"), false],
    [
      "read one that the other one writes to",
      inFolder("/srv"),
      { ...inFolder("/srv"), readOnly: true },
      false,
    ],
    ["have one without a name", onVolume(), onVolume(), false],
    ["have one in memory", { kind: "tmpfs", target: "/data" }, { kind: "tmpfs", target: "/data" }, false],
  ])("two %s", (_, ofApi, ofWeb, clashes) => {
    const [before, after] = [mounting({ api: ofApi }), mounting({ web: ofWeb })];
    expect(hasClash(mixStacks(after, before, [serviceName("api")]), [after, before])).toBe(clashes);
  });

  it.each<[string, string | undefined, boolean]>([
    ["two have a fixed address", "10.1.0.5", true],
    ["each has its own fixed address", "10.1.0.6", false],
    ["one has a fixed address", undefined, false],
  ])("%s", (_, ofWeb, clashes) => {
    const [before, after] = [at({ api: "10.1.0.5" }), at({ web: ofWeb })];
    expect(hasClash(mixStacks(after, before, [serviceName("api")]), [after, before])).toBe(clashes);
  });
});

it("has the volumes and networks of both, each as the next one says where that has it", () => {
  const before = aStack("shop", {
    api: { volume: "data", networks: ["front", "back"] },
    web: { volume: "logs" },
  });
  const wished = aStack("shop", { api: { volume: "cache", networks: ["back"] }, web: { volume: "logs" } });
  const after = { ...wished, volumes: wished.volumes.map((each) => ({ ...each, external: true })) };
  const { volumes, networks } = mixStacks(after, before, [serviceName("api")]);
  expect(volumes).toEqual([
    { name: "cache", external: true },
    { name: "data", external: false },
    { name: "logs", external: true },
  ]);
  expect(networks.map(({ key }) => key)).toEqual(["back", "front"]);
});

it("names lines of the file that each service is from, and of what was taken back its first alone", () => {
  const after = aStack("shop", { api: {}, site: {}, web: {}, web2: {} });
  const before = aStack("shop", { db: {}, web: {} });
  const { places } = mixStacks(after, before, ["site", "web"].map(serviceName));
  const lines = Object.entries(places).map(([path, place]) => `${path} ${place.line}`);
  expect(lines.filter((line) => /^services\.\w+(\.image)? /.test(line)).sort()).toEqual([
    "services.api 3",
    "services.api.image 4",
    "services.db 3",
    "services.web 13",
    "services.web2 33",
    "services.web2.image 34",
  ]);
});

it.each<[string, Services, string, readonly string[]]>([
  ["alone, where nothing depends on it", { api: {}, web: { dependsOn: { api: "started" } } }, "web", ["web"]],
  [
    "without what depends on another one",
    { api: {}, db: {}, web: { dependsOn: { db: "started" } } },
    "api",
    ["api"],
  ],
  [
    "with what depends on it, directly or not",
    { api: {}, db: {}, site: { dependsOn: { web: "healthy" } }, web: { dependsOn: { api: "started" } } },
    "api",
    ["api", "site", "web"],
  ],
  ["with what shares its namespaces", { api: {}, web: { joins: "api" } }, "api", ["api", "web"]],
  [
    "with what depends on what it prepares",
    {
      api: { dependsOn: { "api-hook": "completed" } },
      "api-hook": {},
      web: { dependsOn: { api: "started" } },
    },
    "api-hook",
    ["api", "web"],
  ],
])("a service goes back %s", (_, words, failed, going) => {
  const { services } = withHooks(aStack("shop", words));
  const found = services.find(({ name }) => name === failed);
  expect(withDependents(found as Service, services)).toEqual(going);
});

test("an image that is kept beside another one of its name is known by its digest, and its containers are the same", () => {
  const stack = aStack("shop", { api: old, web: next });
  const digest = digestOf("busybox:1");
  const kept = { revision: hashStack(stack), stack, images: { "busybox:1": digest } };
  const pinned = pinImages(kept);
  expect(pinned.images).toEqual({ [`busybox:1@${digest}`]: digest });
  expect(pinned.stack.services.map(({ container }) => container.image)).toEqual([
    `busybox:1@${digest}`,
    "busybox:2",
  ]);
  expect(pinned.stack.services.map(({ source }) => source)).toEqual(
    stack.services.map(({ source }) => source),
  );
  expect(pinImages(pinned)).toEqual(pinned);
});

function inFolder(source: string): Extract<Mount, { readonly kind: "bind" }> {
  return { kind: "bind", source, target: "/data", readOnly: false, createSource: false };
}

/** Anonymous where it has no name. */
function onVolume(volume?: string): Mount {
  const mount = { kind: "volume", target: "/data", readOnly: false, noCopy: false } as const;
  return { ...mount, ...(volume !== undefined && { volume }) };
}

function mounting(mounts: Readonly<Record<string, Mount>>): Stack {
  const stack = aStack("shop", { api: {}, web: {} });
  const services = stack.services.map((each): Service => {
    const mount = mounts[each.name];
    return { ...each, container: { ...each.container, mounts: mount === undefined ? [] : [mount] } };
  });
  return { ...stack, services };
}

/** Both are on one network, with these addresses. */
function at(addresses: Readonly<Record<string, string | undefined>>): Stack {
  const stack = aStack("shop", { api: {}, web: {} });
  const services = stack.services.map((each): Service => {
    const ipv4Address = addresses[each.name];
    const network = { network: "shop_back", aliases: [], ...(ipv4Address !== undefined && { ipv4Address }) };
    return { ...each, container: { ...each.container, networks: [network] } };
  });
  return { ...stack, services };
}

/** What is called `<service>-…hook` prepares the start of that service. */
function withHooks(stack: Stack): Stack {
  const services = stack.services.map((each): Service => {
    const [, owner] = /^(\w+)-.*hook$/.exec(each.name) ?? [];
    return owner === undefined ? each : { ...each, prepares: serviceName(owner), job: true };
  });
  return { ...stack, services };
}
