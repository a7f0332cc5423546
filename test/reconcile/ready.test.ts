/** Which replicas a plan counts as ready. */
import { expect, it } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { Route } from "../../src/model/route.ts";
import { readyReplicas } from "../../src/reconcile/plan/ready.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStranger, emptyWorld } from "./build.ts";

const container = aStranger();
const port = { hostAddress: "0.0.0.0", hostPort: 8080, containerPort: 80, protocol: "tcp" } as const;
const joined: Route = { ...port, backends: [{ containerId: container.id, port: 80 }] };

it.each<[string, Partial<ObservedContainer>, readonly Route[], number]>([
  ["runs", {}, [], 1],
  ["has ended", { state: "exited" }, [], 0],
  ["is of another stack", { stack: stackName("other") }, [], 0],
  ["is of another service", { service: serviceName("web") }, [], 0],
  ["runs its hooks", { hooksPending: true }, [], 0],
  ["has run its hooks", { hooksPending: false }, [], 1],
  ["starts", { health: "starting" }, [], 0],
  ["is healthy", { health: "healthy" }, [], 1],
  ["accepts no connections yet", { accepts: false }, [], 0],
  ["is behind its port", { ports: [port] }, [joined], 1],
  ["is behind its port, and accepts none", { ports: [port], accepts: false }, [joined], 1],
  ["is not behind its port", { ports: [port] }, [{ ...joined, backends: [] }], 0],
  ["has one that plugins lead to it", { ports: [{ ...port, byPlugins: true }] }, [], 1],
])("one that %s", (_, changes, routes, count) => {
  const observed = { ...emptyWorld, containers: [{ ...container, ...changes }], routes };
  expect(readyReplicas(observed, container.stack, container.service)).toBe(count);
});
