import { expect, test } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import type { Route } from "../../../src/model/route.ts";
import { routesOf } from "../../../src/runtime/network/route-addresses.ts";

const [web, plain] = [containerId("aaaaaaaaaaaa"), containerId("bbbbbbbbbbbb")];
const addresses = new Map([[web, "fd00::2"]]);

test.each([
  ["of all addresses leads on by IPv6", [], ["0.0.0.0 web"], [":: web"]],
  ["leads on by IPv6 only who has it", [], ["0.0.0.0 web plain"], [":: web"]],
  ["nobody has leads nobody on", ["0.0.0.0 web"], ["0.0.0.0"], ["::"]],
  ["of an address of IPv4 is none of IPv6", [], ["192.0.2.1 web"], []],
  ["of IPv4 alone is none of IPv6", [], ["IPv4 web"], []],
  ["that becomes one of IPv4 alone leads nobody on any more", ["0.0.0.0 web"], ["IPv4 web"], ["::"]],
  ["of IPv4 alone leaves one of IPv6 alone be", ["IPv4", ":: web"], ["IPv4 web"], []],
  ["that becomes two, one of each family, leads on", ["0.0.0.0 web"], ["IPv4 web", ":: web"], [":: web"]],
])("a port %s", (_what, before, routes, expected) => {
  const change = { routes: routes.map(route), before: before.map(route) };
  expect(routesOf(6, change, addresses).map(words)).toEqual(expected);
  expect(routesOf(4, change, addresses)).toEqual(change.routes);
});

/** Such as `IPv4 web plain`: where, and who is behind it. */
function route(text: string): Route {
  const [where = "", ...names] = text.split(" ");
  const backends = names.map((name) => ({ containerId: name === "web" ? web : plain, port: 80 }));
  const port = { hostPort: 8080, protocol: "tcp" as const, backends };
  return where === "IPv4"
    ? { hostAddress: "0.0.0.0", ipv4Only: true, ...port }
    : { hostAddress: where, ...port };
}

function words({ hostAddress, backends }: Route): string {
  const names = backends.map(({ containerId: id }) => (id === web ? "web" : "plain"));
  return [hostAddress, ...names].join(" ");
}
