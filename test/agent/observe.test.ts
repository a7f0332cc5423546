/** Which images are looked at; and whose ports are tried, until they accept connections: nobody's for ever. */
import { expect, test } from "vitest";
import type { AcceptSubject } from "../../src/agent/accept-watch.ts";
import { observe } from "../../src/agent/observe.ts";
import { containerId } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { ContainerStatus, Route } from "../../src/runtime/types.ts";
import { aStack, desire, digestOf } from "../reconcile/build.ts";

const minute = 60_000;
const id = containerId("0123456789ab");
const stack = aStack("shop", { web: { port: 80, update: { monitorMs: 10 * minute } } });
const port = { hostAddress: "0.0.0.0", hostPort: 80, containerPort: 8080, protocol: "tcp" } as const;
const joined: Route = { ...port, backends: [{ containerId: id, port: 8080 }] };

test.each<[string, number, Partial<ContainerStatus>, readonly Route[]]>([
  ["runs since a minute", 1, {}, []],
  ["is led to by plugins, since a minute", 1, { ports: [{ ...port, byPlugins: true }] }, []],
])(
  "what is to accept connections within 10 minutes, and %s, is tried",
  async (_, minutes, changes, routes) => {
    expect(await tried(aStatus(minutes, changes), routes)).toMatchObject([
      { address: "10.0.0.2", ports: [8080] },
    ]);
  },
);

const aProbe = { state: "healthy", failures: 0, newsBy: Infinity } as const;

test.each<[string, number, Partial<ContainerStatus>, readonly Route[]]>([
  ["runs since 10 minutes", 10, {}, []],
  ["is led to by plugins, since 10 minutes", 10, { ports: [{ ...port, byPlugins: true }] }, []],
  ["is behind its port by now", 1, {}, [joined]],
  ["has a healthcheck", 1, { health: aProbe }, []],
  ["has ended", 1, { state: "exited" }, []],
  ["has ports of UDP only", 1, { ports: [{ ...port, protocol: "udp" }] }, []],
])("what is to accept connections within 10 minutes, and %s, is not", async (_, minutes, changes, routes) => {
  expect(await tried(aStatus(minutes, changes), routes)).toEqual([]);
});

test("what is asked for has its images looked at beside those of what is in force", async () => {
  const digest = digestOf("another one");
  const host = {
    list: () => Promise.resolve([]),
    volumes: () => Promise.resolve([]),
    networks: () => Promise.resolve([]),
    routes: () => Promise.resolve([]),
    images: { find: () => Promise.resolve({ digest, stored: true }) },
  };
  const wanted = desire(aStack("shop", { web: { image: "/stacks/shop/image" } }));
  const { images } = await observe(host, desire(stack), { wanted });
  expect(Object.keys(images)).toEqual(["busybox:1", "/stacks/shop/image"]);
  expect(images["/stacks/shop/image"]).toEqual({ digest, stored: true, onDisk: true });
});

async function tried(status: ContainerStatus, routes: readonly Route[]): Promise<readonly AcceptSubject[]> {
  const host = {
    list: () => Promise.resolve([status]),
    volumes: () => Promise.resolve([]),
    networks: () => Promise.resolve([]),
    routes: () => Promise.resolve(routes),
    images: { find: () => Promise.resolve(undefined) },
  };
  const subjects: AcceptSubject[] = [];
  const accepting = (them: readonly AcceptSubject[]): ReadonlySet<string> => {
    subjects.push(...them);
    return new Set();
  };
  await observe(host, desire(stack), { accepting: { accepting } });
  return subjects;
}

/** A replica of the service, started so many minutes ago. */
function aStatus(minutes: number, changes: Partial<ContainerStatus>): ContainerStatus {
  const [web] = stack.services;
  const labels = {
    "tallyman.stack": "shop",
    "tallyman.service": "web",
    "tallyman.slot": "1",
    "tallyman.spec-hash": web ? hashService(web, digestOf("busybox:1")) : "",
  };
  const startedAt = Date.now() - minutes * minute;
  return {
    ...{ id, name: "shop-web-1", labels, state: "running", monitored: true, paused: false },
    image: { reference: "busybox:1", digest: digestOf("busybox:1") },
    ...{ createdAt: startedAt, startedAt, stopped: false, oomKilled: false, restarts: 0, restartStreak: 0 },
    ...{ addresses: ["10.0.0.2"], networks: [], ports: [port], ...changes },
  };
}
