import { expect, test } from "vitest";
import { tryIt } from "../../../src/cli/output/hints.ts";
import { containerId, type ContainerId } from "../../../src/model/ids.ts";
import type { Route } from "../../../src/model/route.ts";

const one = containerId("1".repeat(12));
const two = containerId("2".repeat(12));
const stranger = containerId("3".repeat(12));
const replicas = [one, two].map((id) => ({ id, state: "running", ports: [] }) as const);

function to(route: Omit<Route, "backends">, ...ids: readonly ContainerId[]): Route {
  return { ...route, backends: ids.map((id) => ({ containerId: id, port: 80 })) };
}

test("what can be tried is what is answered now, whatever the files ask for: each address once", () => {
  const routes = [
    to({ hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp" }, one, two),
    to({ hostAddress: "::", hostPort: 8081, protocol: "tcp" }, two),
    to({ hostAddress: "192.0.2.1", hostPort: 8082, protocol: "tcp" }, two),
    to({ hostAddress: "0.0.0.0", hostPort: 53, protocol: "udp" }, two),
    to({ hostAddress: "0.0.0.0", hostPort: 8083, protocol: "tcp" }, stranger),
    to({ hostAddress: "0.0.0.0", hostPort: 8084, protocol: "tcp" }),
  ];
  expect(tryIt(replicas, routes)).toBe(
    "\nTry it:\n  curl http://127.0.0.1:8080/\n  curl http://[::1]:8081/\n  curl http://192.0.2.1:8082/\n",
  );
});

test("nothing is advised where nobody answers", () => {
  const routes = [to({ hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp" }, one)];
  expect(tryIt([], routes)).toBe("");
  expect(tryIt([{ id: one, state: "exited", ports: [] }], routes)).toBe("");
});
