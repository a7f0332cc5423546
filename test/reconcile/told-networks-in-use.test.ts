/** Every conflict about a network that has containers, as a person is told of it, beside what nearly is one: a golden to be read whole. */
import { expect, it } from "vitest";
import type { NetworkSpec } from "../../src/model/network.ts";
import type { Stack } from "../../src/model/stack.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { desire } from "./build.ts";
import { at, joined, made, on, own, subnet, textOf, with_ } from "./conflict-words.ts";

const twoSubnets = { spec: { ipv6: true }, subnet6: "fd00:1::/64" };

const cases: Readonly<Record<string, readonly (readonly [string, Partial<ConflictInput>])[]>> = {
  "a network that has containers": [
    [
      "and another driver",
      { desired: desire(on("shop", own("edge", { driver: "lan" }))), observed: joined(made("edge")) },
    ],
    [
      "and another link",
      {
        desired: desire(on("shop", own("edge", { driver: "macvlan", options: { parent: "eth1" } }))),
        observed: joined(made("edge", { spec: { driver: "macvlan", options: { parent: "eth0" } } })),
      },
    ],
    [
      "and is to get IPv6",
      { desired: desire(on("shop", own("edge", { ipv6: true }))), observed: joined(made("edge")) },
    ],
    [
      "and is to lose IPv6",
      {
        desired: desire(on("shop", own("edge"))),
        observed: joined(made("edge", { spec: { ipv6: true }, subnet6: "fd00:1::/64" })),
      },
    ],
    [
      "and another subnet",
      { desired: desire(on("shop", own("edge", subnet("10.1.0.0/24")))), observed: joined(made("edge")) },
    ],
    [
      "and another subnet of IPv6",
      {
        desired: desire(on("shop", own("edge", { ipv6: true, ...subnet("fd00:2::/64") }))),
        observed: joined(made("edge", { spec: { ipv6: true }, subnet6: "fd00:1::/64" })),
      },
    ],
    ["and another gateway", { desired: desire(gateway("10.9.0.9")), observed: joined(made("edge")) }],
    [
      "and no longer its own gateway",
      {
        desired: desire(on("shop", own("edge"))),
        observed: joined(made("edge", { spec: gatewayOf("10.9.0.9") })),
      },
    ],
    [
      "and the gateway that it has, in words",
      { desired: desire(gateway("10.9.0.1")), observed: joined(made("edge")) },
    ],
    [
      "and another gateway of IPv6",
      {
        desired: desire(
          on(
            "shop",
            own("edge", {
              ipv6: true,
              pools: [{ subnet: "fd00:1::/64", gateway: "fd00:1::9", reserved: [] }],
            }),
          ),
        ),
        observed: joined(made("edge", { spec: { ipv6: true }, subnet6: "fd00:1::/64" })),
      },
    ],
    [
      "and another gateway of IPv6 beside its own of IPv4",
      { desired: desire(twoGateways("fd00:1::9")), observed: joined(made("edge", twoSubnets)) },
    ],
    [
      "and another MTU",
      { desired: desire(on("shop", own("edge", mtu("1300")))), observed: joined(made("edge")) },
    ],
    [
      "and no longer an MTU of its own",
      { desired: desire(on("shop", own("edge"))), observed: joined(made("edge", { spec: mtu("1300") })) },
    ],
    [
      "and is to get a way out",
      {
        desired: desire(on("shop", own("edge"))),
        observed: joined(made("edge", { spec: { internal: true } })),
      },
    ],
    [
      "and is to become internal",
      { desired: desire(on("shop", own("edge", { internal: true }))), observed: joined(made("edge")) },
    ],
    [
      "on a link, and is to become internal",
      {
        desired: desire(on("shop", own("edge", { driver: "macvlan", internal: true }))),
        observed: joined(made("edge", { spec: { driver: "macvlan" } })),
      },
    ],
    [
      "of a CNI configuration, and another MTU",
      {
        desired: desire(on("shop", own("edge", { driver: "lan", ...mtu("1300") }))),
        observed: joined(made("edge", { spec: { driver: "lan" } })),
      },
    ],
    [
      "and the same subnet",
      { desired: desire(on("shop", own("edge", subnet("10.9.0.0/24")))), observed: joined(made("edge")) },
    ],
    [
      "and no longer has them",
      { desired: desire(on("shop", own("edge", { driver: "lan" }))), observed: with_(made("edge")) },
    ],
  ],
};

it("conflicts about networks in use are told with their place, their reason, and what to do", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/networks-in-use.txt");
});

function gatewayOf(gateway: string): Pick<NetworkSpec, "pools"> {
  return { pools: [{ subnet: "10.9.0.0/24", gateway, reserved: [] }] };
}

/** Of its network, which has containers. */
function gateway(address: string): Stack {
  const stack = on("shop", own("edge", gatewayOf(address)));
  return at(stack, { "networks.own": 9, "networks.own.ipam": 14, "networks.own.ipam.config[0].gateway": 16 });
}

/** That of IPv4 is the one that it has. */
function twoGateways(address: string): Stack {
  const { pools } = gatewayOf("10.9.0.1");
  const second = { subnet: "fd00:1::/64", gateway: address, reserved: [] };
  const stack = on("shop", own("edge", { ipv6: true, pools: [...pools, second] }));
  return at(stack, {
    "networks.own": 9,
    "networks.own.ipam.config[0].gateway": 16,
    "networks.own.ipam.config[1].gateway": 19,
  });
}

function mtu(size: string): Pick<NetworkSpec, "options"> {
  return { options: { "com.docker.network.driver.mtu": size } };
}
