import { describe, expect, it, test } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { ContainerNetwork } from "../../src/model/network.ts";
import type { Stack, StackNetwork } from "../../src/model/stack.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { desire, emptyWorld } from "./build.ts";
import {
  asking,
  fixed as fixedAt,
  held,
  made as madeAt,
  own as ownOf,
  subnet,
  with_,
} from "./conflict-words.ts";
import { nothing, said, spec, stack } from "./said-of-networks.ts";

describe("a fixed address", () => {
  const fixed = { ipv4Address: "10.20.0.5" };
  const own = { key: "front", name: "shop_front", spec: spec("shop_front", "10.20.0.0/24") };
  const shop = desire(stack("shop", { network: own, fixed }));
  const holder = { network: "shop_front", address: "10.20.0.5", name: "blog-app-1" };

  it("that a container of another stack has is a conflict, unless that stack goes", () => {
    const holders = [{ ...holder, stack: stackName("blog"), service: serviceName("app") }];
    const message =
      "9 services.db.networks.front.ipv4_address: 10.20.0.5 of network shop_front is that of container blog-app-1";
    expect(said({ desired: shop, addressing: { ...nothing, holders } })).toEqual([message]);
    const desired = { ...shop, absent: [stackName("blog")] };
    expect(said({ desired, addressing: { ...nothing, holders } })).toEqual([]);
    expect(said({ desired: shop, addressing: { ...nothing, holders: [holder] } })).toEqual([message]);
  });

  it("that the service itself has is none", () => {
    const holders = [{ ...holder, name: "shop-db-1", stack: stackName("shop"), service: serviceName("db") }];
    expect(said({ desired: shop, addressing: { ...nothing, holders } })).toEqual([]);
  });

  it("of IPv6 is one of that subnet, on a network that has it", () => {
    const edge = { key: "edge", name: "edge" };
    const made = { spec: spec("edge"), subnet: "10.20.0.0/24" };
    const wanting = (subnet6: string | undefined, ipv6Address: string): readonly string[] => {
      const networks = [{ ...made, ...(subnet6 !== undefined && { subnet6 }) }];
      const both = { ipv4Address: "10.20.0.5", ipv6Address };
      const holders = [{ network: "edge", address: "fd00:1::6", name: "blog-app-1" }];
      return said({
        observed: { ...emptyWorld, networks },
        addressing: { ...nothing, holders },
        desired: desire(stack("shop", { network: edge, fixed: both })),
      });
    };
    expect(wanting("fd00:1::/64", "fd00:1::5")).toEqual([]);
    const at = "undefined services.db.networks.edge.ipv6_address";
    expect(wanting("fd00:1::/64", "fd00:2::5")).toEqual([
      `${at}: fd00:2::5 is not in fd00:1::/64 of network edge`,
    ]);
    expect(wanting("fd00:1::/64", "fd00:1::6")).toEqual([
      `${at}: fd00:1::6 of network edge is that of container blog-app-1`,
    ]);
    expect(wanting(undefined, "fd00:1::5")).toEqual([
      `${at}: fd00:1::5 is of IPv6, which network edge does not have`,
    ]);
  });

  it("on a network of another stack is one of its subnet, not of the quarter that services have, and of one service", () => {
    const edge = { key: "edge", name: "edge" };
    const observed = { ...emptyWorld, networks: [{ spec: spec("edge"), subnet: "10.20.0.0/24" }] };
    const wanting = (ipv4Address: string): readonly string[] =>
      said({ observed, desired: desire(stack("shop", { network: edge, fixed: { ipv4Address } })) });
    const at = "9 services.db.networks.edge.ipv4_address";
    expect(wanting("10.20.0.5")).toEqual([]);
    expect(wanting("10.21.0.5")).toEqual([`${at}: 10.21.0.5 is not in 10.20.0.0/24 of network edge`]);
    expect(wanting("10.20.0.200")).toEqual([
      `${at}: 10.20.0.200 of network edge is in the last quarter of 10.20.0.0/24, which is kept for addresses of services`,
    ]);
    const both = desire(stack("blog", { network: edge, fixed }), stack("shop", { network: edge, fixed }));
    expect(said({ observed, desired: both })).toEqual([
      `${at}: 10.20.0.5 of network edge is that of service blog/db`,
    ]);
  });
});

/** On the network `edge`, of 10.9.0.0/24. */
describe("a fixed address of a service", () => {
  const others = { key: "others", name: "other" };
  const outside = (key: string): string =>
    `services.web.networks.${key}.ipv4_address: 10.8.0.5 is not in 10.9.0.0/24 of network edge`;
  const rival = asking("blog", "10.9.0.5");
  const holding = (container: string): string =>
    `services.web.networks.own.ipv4_address: 10.9.0.5 of network edge is that of container ${container}`;

  test.each<[string, Partial<ConflictInput>, readonly string[]]>([
    [
      "on the second network of its stack is told by the name that the file has for it",
      { ...fixedAt("10.8.0.5"), desired: desire(besides(asking("shop", "10.8.0.5"), others)) },
      [outside("own")],
    ],
    [
      "on one that its stack makes anew is of the subnet that this one will have",
      { observed: with_(madeAt("edge")), desired: desire(making(asking("shop", "10.1.0.5"), "10.1.0.0/24")) },
      [],
    ],
    [
      "on one that it does not make, beside one that it makes, is of the subnet that is there",
      { ...fixedAt("10.8.0.5"), desired: desire(besides(asking("shop", "10.8.0.5"), ownOf("inner"))) },
      [outside("own")],
    ],
    [
      "in the range that the pool has for containers, beside a pool of IPv6",
      fixedAt("10.9.0.200", {
        pools: [
          { subnet: "fd00:1::/64", reserved: [] },
          { subnet: "10.9.0.0/24", range: "10.9.0.192/26", reserved: [] },
        ],
      }),
      [],
    ],
    [
      "that a stack before it asks for on another network",
      { ...fixedAt("10.9.0.5"), desired: desire(elsewhere(rival), asking("shop", "10.9.0.5")) },
      [],
    ],
    [
      "that another service gives to it, and asks for another one",
      {
        ...held("10.9.0.5", { name: "shop-db-1", stack: "shop", service: "db" }),
        desired: desire(exchanging(asking("shop", "10.9.0.5"), "10.9.0.6")),
      },
      [],
    ],
    [
      "that another service has by chance, and one that it asks for on another network",
      {
        ...held("10.9.0.5", { name: "shop-db-1", stack: "shop", service: "db" }),
        desired: desire(
          wishing(asking("shop", "10.9.0.5"), "db", {
            ...{ network: "third", aliases: [], ipv4Address: "10.7.0.5" },
          }),
        ),
      },
      [holding("shop-db-1")],
    ],
    [
      "that another service has by chance, and asks for one of IPv6 there",
      {
        ...held("10.9.0.5", { name: "shop-db-1", stack: "shop", service: "db" }),
        desired: desire(
          wishing(asking("shop", "10.9.0.5"), "db", {
            ...{ network: "edge", aliases: [], ipv6Address: "fd00:1::6" },
          }),
        ),
      },
      expect.arrayContaining([holding("shop-db-1")]),
    ],
    ["that nobody can tell who holds", { ...fixedAt("10.9.0.5"), addressing: undefined as never }, []],
  ])("%s", (_, changes, told) => {
    expect(said(changes).map((each) => each.replace(/^\S+ /, ""))).toEqual(told);
  });

  function besides(stack: Stack, network: StackNetwork): Stack {
    return { ...stack, networks: [network, ...stack.networks] };
  }

  /** It makes `edge`, after a network that it does not make. */
  function making(stack: Stack, cidr: string): Stack {
    return { ...stack, networks: [others, ownOf("edge", subnet(cidr))] };
  }

  function elsewhere(stack: Stack): Stack {
    return wishing(stack, "web", { network: "third", aliases: [], ipv4Address: "10.9.0.5" });
  }

  function exchanging(stack: Stack, ipv4Address: string): Stack {
    return wishing(stack, "db", { network: "edge", aliases: [], ipv4Address });
  }

  function wishing(stack: Stack, service: string, wish: ContainerNetwork): Stack {
    const services = stack.services.map((each) =>
      each.name === service ? { ...each, container: { ...each.container, networks: [wish] } } : each,
    );
    return { ...stack, services };
  }
});
