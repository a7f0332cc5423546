import { describe, expect, it } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { Stack } from "../../src/model/stack.ts";
import { desire, emptyWorld } from "./build.ts";
import { made as madeAt, member, on, own as ownOf, with_ } from "./conflict-words.ts";
import { nothing, place, said, spec, stack } from "./said-of-networks.ts";

describe("a network that is to be made", () => {
  const front = { key: "front", name: "shop_front", spec: spec("shop_front", "10.20.0.0/24") };
  const shop = stack("shop", { network: front });
  const route = { destination: "10.0.0.0/8", link: "wg0" };

  it("cannot have a subnet that a route of the host overlaps, unless containers are on it already", () => {
    const addressing = { ...nothing, routes: [route] };
    expect(said({ desired: desire(shop), addressing })).toEqual([
      "9 networks.front: 10.20.0.0/24 of network shop_front overlaps the host's route to 10.0.0.0/8 by wg0",
    ]);
  });

  it("cannot have IPv6 where the host has none; others do without", () => {
    const six = { ...front, spec: { ...front.spec, ipv6: true } };
    const addressing = { ...nothing, hasIPv6: false };
    expect(said({ desired: desire(stack("shop", { network: six })), addressing })).toEqual([
      "9 networks.front: the network shop_front is to have IPv6, which is disabled on this host",
    ]);
    expect(said({ desired: desire(shop), addressing })).toEqual([]);
    const route6 = { destination: "fd00:20::/48", link: "wg0" };
    const pools = [{ subnet: "fd00:20::/64", reserved: [] }];
    const own = desire(stack("shop", { network: { ...six, spec: { ...six.spec, pools } } }));
    expect(said({ desired: own, addressing: { ...nothing, routes: [route6] } })).toEqual([
      "9 networks.front: fd00:20::/64 of network shop_front overlaps the host's route to fd00:20::/48 by wg0",
    ]);
  });

  it("cannot have a driver that is neither ours nor the name of a CNI configuration of the host", () => {
    const driven = (driver: string): Stack =>
      stack("shop", { network: { ...front, spec: { ...spec("shop_front"), driver } } });
    expect(said({ desired: desire(driven("lan")), addressing: { ...nothing, freeSubnets: 0 } })).toEqual([]);
    expect(said({ desired: desire(driven("wan")) })).toEqual([
      "9 networks.front: network shop_front has the driver wan, and the host has no CNI configuration of that name",
    ]);
  });

  it("needs a free subnet of the pools, one for each", () => {
    const auto = (name: string): Stack =>
      stack(name, { network: { key: "own", name: `${name}_own`, spec: spec(`${name}_own`) } });
    const desired = desire(auto("blog"), auto("shop"));
    expect(said({ desired, addressing: { ...nothing, freeSubnets: 2 } })).toEqual([]);
    expect(said({ desired, addressing: { ...nothing, freeSubnets: 1 } })).toEqual([
      "9 networks.own: there is no free subnet for network shop_own in 10.89.0.0/16",
    ]);
    const observed = {
      ...emptyWorld,
      networks: [{ spec: spec("shop_own"), subnet: "10.89.0.0/20", stack: stackName("shop") }],
    };
    expect(
      said({ desired: desire(auto("shop")), observed, addressing: { ...nothing, freeSubnets: 0 } }),
    ).toEqual([]);
  });
});

describe("a network that is there", () => {
  it("can have another driver while all containers are on others", () => {
    const observed = { ...with_(madeAt("edge")), containers: [member("others")] };
    expect(said({ desired: desire(on("shop", ownOf("edge", { driver: "lan" }))), observed })).toEqual([]);
  });

  it("is that of the stack before which makes it beside another one", () => {
    const blog = on("blog", ownOf("edge"));
    const desired = desire(
      { ...blog, networks: [ownOf("inner"), ...blog.networks] },
      on("shop", ownOf("edge")),
    );
    const addressing = { ...nothing, freeSubnets: 9 };
    expect(said({ desired, addressing })).toEqual([
      "15 networks.own: the network edge is that of stack blog",
    ]);
  });

  it("is told where the services are, if the file does not name it", () => {
    const shop = { ...on("shop", ownOf("edge", { driver: "wan" })), places: { services: place } };
    expect(said({ desired: desire(shop) })).toEqual([
      "9 networks.own: network edge has the driver wan, and the host has no CNI configuration of that name",
    ]);
  });
});
