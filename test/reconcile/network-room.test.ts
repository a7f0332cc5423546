import { describe, expect, it } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Service, Stack } from "../../src/model/stack.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStranger, desire, digestOf, emptyWorld } from "./build.ts";
import { said, spec, stack } from "./said-of-networks.ts";

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
