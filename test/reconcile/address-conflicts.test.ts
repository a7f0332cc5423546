import { describe, expect, it, test } from "vitest";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { ContainerNetwork, NetworkSpec } from "../../src/model/network.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Service, Stack, StackNetwork } from "../../src/model/stack.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { Addressing } from "../../src/reconcile/addressing.ts";
import { aStack, aStranger, desire, digestOf, emptyWorld } from "./build.ts";
import { aNetworkSpec } from "../support/network-spec.ts";
import {
  asking,
  fixed as fixedAt,
  held,
  made as madeAt,
  member,
  on,
  own as ownOf,
  subnet,
  with_,
} from "./conflict-words.ts";

const spec = (name: string, subnet?: string): NetworkSpec =>
  aNetworkSpec(name, { pools: subnet === undefined ? [] : [{ subnet, reserved: [] }] });
const nothing: Addressing = {
  routes: [],
  pools: ["10.89.0.0/16"],
  freeSubnets: 16,
  hasIPv6: true,
  cniNetworks: [{ name: "lan", leadsPorts: false }],
  holders: [],
};
const place = { file: "compose.yaml", line: 9, column: 3 };

function stack(
  name: string,
  { network, fixed }: { network: StackNetwork; fixed?: Partial<ContainerNetwork> },
): Stack {
  const made = aStack(name, { db: {} });
  const joined = { network: network.name, aliases: [], ...fixed };
  return {
    ...made,
    services: made.services.map((service) => ({
      ...service,
      container: { ...service.container, networks: [joined] },
    })),
    networks: [network],
    places: {
      [`services.db.networks.${network.key}.ipv4_address`]: place,
      [`networks.${network.key}`]: place,
    },
  };
}

function said(changes: Partial<ConflictInput>): readonly string[] {
  const input = {
    desired: desire(),
    observed: emptyWorld,
    inventory: [],
    listeners: [],
    addressing: nothing,
  };
  return findConflicts({ ...input, ...changes }).map(({ diagnostic }) => {
    return `${diagnostic.place?.line} ${diagnostic.path}: ${diagnostic.message}`;
  });
}

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

describe("the addresses of a network", () => {
  const on = (name: string, { subnet, replicas }: { subnet: string; replicas: number }): Stack => {
    const network = { key: "own", name: "edge", spec: spec("edge", subnet) };
    const made = stack(name, { network });
    return { ...made, services: made.services.map((service) => ({ ...service, replicas })) };
  };

  it("have to be enough for all who are to be on it; a quarter is kept for services", () => {
    expect(said({ desired: desire(on("shop", { subnet: "10.20.0.0/28", replicas: 10 })) })).toEqual([]);
    expect(said({ desired: desire(on("shop", { subnet: "10.20.0.0/28", replicas: 11 })) })).toEqual([
      "9 networks.own: 10.20.0.0/28 of network edge has 10 addresses for containers, and 11 are to be on it",
    ]);
  });

  it("have to be enough for those, too, that an update starts before others stop", () => {
    const shop = (changes: Partial<Service> = {}): Stack => {
      const made = on("shop", { subnet: "10.20.0.0/28", replicas: 9 });
      const services = made.services.map((service) => ({
        ...service,
        update: { order: "start-first" as const, maxSurge: { count: 2 } },
        ...changes,
      }));
      return { ...made, services };
    };
    const image = { digest: digestOf("busybox:1"), stored: true, onDisk: false };
    const running = (service: Service | undefined): ConflictInput["observed"] => ({
      ...emptyWorld,
      images: { "busybox:1": image },
      containers: [
        {
          ...aStranger(),
          stack: stackName("shop"),
          ...(service && { specHash: hashService(service, image.digest) }),
        },
      ],
    });
    const [same] = shop().services;
    const changed = same && { ...same, source: { image: "busybox:2" } };
    expect(said({ desired: desire(shop()), observed: running(same) })).toEqual([]);
    expect(said({ desired: desire(shop()), observed: running(changed) })).toEqual([
      "9 networks.own: 10.20.0.0/28 of network edge has 10 addresses for containers, and 9 are to be on it, with 2 more while they are updated",
    ]);
    const stopFirst = shop({ update: { order: "stop-first" } });
    expect(said({ desired: desire(stopFirst), observed: running(changed) })).toEqual([]);
    expect(said({ desired: desire(shop()) })).toEqual([]);
  });

  it("count the containers of stacks that are planned before, and of those that nobody plans", () => {
    const external = { key: "own", name: "edge" };
    const guest = stack("tenant", { network: external });
    const desired = desire(on("shop", { subnet: "10.20.0.0/29", replicas: 4 }), guest);
    const foreign = { ...aStranger(), networks: ["edge"] };
    const networks = [
      { spec: spec("edge", "10.20.0.0/29"), stack: stackName("shop"), subnet: "10.20.0.0/29" },
    ];
    expect(said({ desired, observed: { ...emptyWorld, networks } })).toEqual([
      "9 networks.own: 10.20.0.0/29 of network edge has 4 addresses for containers, and 5 are to be on it",
    ]);
    expect(said({ desired, observed: { ...emptyWorld, networks, containers: [foreign] } })).toHaveLength(2);
  });

  it("that are fixed, reserved or the gateway's are nobody else's", () => {
    const pool = {
      subnet: "10.20.0.0/29",
      range: "10.20.0.0/30",
      gateway: "10.20.0.2",
      reserved: ["10.20.0.3"],
    };
    const network = { key: "own", name: "edge", spec: { ...spec("edge"), pools: [pool] } };
    expect(said({ desired: desire(stack("shop", { network })) })).toEqual([]);
    const pools = [{ ...pool, fixed: ["10.20.0.1"] }];
    const full = { ...network, spec: { ...network.spec, pools } };
    expect(said({ desired: desire(stack("shop", { network: full })) })).toEqual([
      "9 networks.own: 10.20.0.0/29 of network edge has 0 addresses for containers, and 1 are to be on it",
    ]);
    const fixed = { ipv4Address: "10.20.0.1" };
    expect(said({ desired: desire(stack("shop", { network: full, fixed })) })).toEqual([]);
  });
});
