/** Who is behind which port of the host, after one comes or goes. */
import { expect, it } from "vitest";
import { containerId, stackName } from "../../src/model/ids.ts";
import type { PublishedPort } from "../../src/model/stack.ts";
import { joinRoutes, leaveRoutes, rivalBehind } from "../../src/reconcile/routes.ts";

const [a, b] = [{ id: containerId("aaaaaaaaaaaa") }, { id: containerId("bbbbbbbbbbbb") }];
const web: PublishedPort = { hostAddress: "0.0.0.0", hostPort: 80, containerPort: 8080, protocol: "tcp" };
const route = { hostAddress: "0.0.0.0", hostPort: 80, protocol: "tcp" };
const behind = (one: typeof a, port = 8080): object => ({ containerId: one.id, port });

it("two join in order of their ids, and one that joins again has its new port", () => {
  const both = joinRoutes(joinRoutes([], b, [web]), a, [web]);
  expect(both).toEqual([{ ...route, backends: [behind(a), behind(b)] }]);
  expect(joinRoutes(both, b, [{ ...web, containerPort: 9090 }])).toEqual([
    { ...route, backends: [behind(a), behind(b, 9090)] },
  ]);
});

it("a port of IPv4 alone has a route of IPv4 alone", () => {
  expect(joinRoutes([], a, [{ ...web, ipv4Only: true }])).toEqual([
    { ...route, ipv4Only: true, backends: [behind(a)] },
  ]);
});

it("a port that all have left is known yet, and other ports are as they were", () => {
  const other = { ...web, hostPort: 81 };
  const routes = joinRoutes([], a, [web, other]);
  expect(leaveRoutes(routes, a, [web])).toEqual([
    { ...route, backends: [] },
    { ...route, hostPort: 81, backends: [behind(a)] },
  ]);
});

it("the same port on another address, or of another protocol, is another one", () => {
  const ports = [web, { ...web, hostAddress: "127.0.0.1" }, { ...web, protocol: "udp" as const }];
  const routes = joinRoutes([], a, ports);
  expect(routes).toHaveLength(3);
  expect(leaveRoutes(routes, a, [web]).map(({ backends }) => backends.length)).toEqual([0, 1, 1]);
});

it("another stack behind a port is a rival, and a container that no stack made is none", () => {
  const [shop, blog] = [stackName("shop"), stackName("blog")];
  const routes = joinRoutes([], a, [web]);
  const rivalOf = (stack: typeof shop | undefined): unknown =>
    rivalBehind([web], { stack: shop, routes, stackOf: new Map([[a.id, stack]]) });
  expect(rivalOf(blog)).toEqual({ port: web, stack: blog });
  expect(rivalOf(shop)).toBeUndefined();
  expect(rivalOf(undefined)).toBeUndefined();
});
