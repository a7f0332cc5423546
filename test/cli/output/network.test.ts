import { expect, test } from "vitest";
import { networkText } from "../../../src/cli/output/network.ts";
import { networkRules } from "../../../src/cli/output/network-rules.ts";
import { containerId, digest, type ContainerId } from "../../../src/model/ids.ts";
import type { Replica } from "../../../src/agent/replica.ts";
import type { NetworkDetails } from "../../../src/runtime/inspect-network.ts";
import { subnetOf } from "../../../src/runtime/network/subnet.ts";
import { aNetworkSpec } from "../../support/network-spec.ts";

const one = containerId("111111111111");
const two = containerId("222222222222");
const nameOf = (id: ContainerId): string => ({ [one]: "shop-web-1", [two]: "shop-web-2" })[id] ?? id;

const front: NetworkDetails = {
  name: "shop_front",
  record: {
    spec: aNetworkSpec("shop_front"),
    labels: { "tallyman.stack": "shop" },
    bridge: "tallyman-abc123",
    subnet: "10.89.0.0/24",
    createdAt: 0,
  },
  bridge: "tallyman-abc123",
  subnet: subnetOf("10.89.0.0/24"),
  internal: false,
  mtu: 1400,
  isUp: true,
  members: [
    { id: one, network: "shop_front", interfaceName: "eth0", addresses: ["10.89.0.2"], joined: true },
    { id: two, network: "shop_front", interfaceName: "eth1", addresses: ["10.89.0.3"], joined: true },
  ],
  services: [
    { id: "shop/db", address: "10.89.0.200", leadsTo: [] },
    { id: "shop/web", address: "10.89.0.201", leadsTo: [one, two] },
  ],
  resolvers: [{ address: "10.89.0.210", isRunning: true, networks: ["shop_front"] }],
  rules: {
    isWhole: true,
    isTranslated: true,
    isApart: true,
    isClosed: false,
    routes: [
      {
        hostAddress: "0.0.0.0",
        hostPort: 8080,
        protocol: "tcp",
        backends: [
          { containerId: one, port: 80 },
          { containerId: two, port: 80 },
        ],
      },
      {
        hostAddress: "127.0.0.1",
        hostPort: 53,
        protocol: "udp",
        backends: [{ containerId: one, port: 53 }],
      },
    ],
  },
};

const replica = (id: ContainerId): Replica => ({
  id,
  name: nameOf(id),
  stack: undefined,
  service: undefined,
  slot: undefined,
  labels: {},
  state: "running",
  monitored: true,
  paused: false,
  image: { reference: "nginx", digest: digest(`sha256:${"0".repeat(64)}`) },
  createdAt: 0,
  stopped: false,
  oomKilled: false,
  restarts: 0,
  restartStreak: 0,
  addresses: [],
  networks: [],
});

test("a network with IPv6 is shown with both of its subnets", () => {
  const text = networkText({ ...front, subnet6: subnetOf("fd00:1::/64") }, []);
  expect(text).toContain("  subnet     10.89.0.0/24, fd00:1::/64\n");
  expect(text).toContain("  gateway    10.89.0.1, fd00:1::1\n");
  expect(text).toContain("10.89.0.2 to 10.89.0.191, fd00:1::2 to fd00:1::bfff:ffff:ffff:ffff\n");
  expect(text).toContain("Of IPv6, all of this holds");
});

test("a network is shown with who is on it, whom its addresses lead to, and what the kernel does for it", () => {
  expect(networkText(front, [replica(one), replica(two)])).toMatchInlineSnapshot(`
    "Network shop_front
      stack      shop
      driver     bridge
      bridge     tallyman-abc123, MTU 1400
      subnet     10.89.0.0/24
      gateway    10.89.0.1
      addresses  10.89.0.2 to 10.89.0.191

    Containers
      NAME        ADDRESS    INTERFACE  STATE
      shop-web-1  10.89.0.2  eth0       running
      shop-web-2  10.89.0.3  eth1       running

    Services
      SERVICE   ADDRESS      LEADS TO
      shop/db   10.89.0.200  nobody yet
      shop/web  10.89.0.201  shop-web-1, shop-web-2

    Names
      10.89.0.210 answers (dnsmasq)

    Rules
      - What goes from here to the world has an address of the host there (masquerade).
      - What comes from another network of Tallyman, or goes to one, is refused, but for published ports.
      - 10.89.0.200 (service shop/db) refuses: no replica is ready.
      - 10.89.0.201 (service shop/web) leads to shop-web-1 and shop-web-2 in equal shares, on all ports.
      - Port 8080/tcp of all addresses of the host leads to shop-web-1 port 80 and shop-web-2 port 80 in equal shares.
      - Port 53/udp of 127.0.0.1 leads to shop-web-1 port 53.
      - What is addressed to 127.0.0.0/8 and comes from elsewhere than the host itself is dropped.
    "
  `);
});

test("an internal network is told to be closed, and never to have a way out", () => {
  const { rules } = front;
  const internal = {
    ...front,
    internal: true,
    services: [],
    rules: { ...rules, routes: [], isClosed: true },
  };
  expect(networkRules(internal, nameOf)).toMatchInlineSnapshot(`
    [
      "Nothing goes from here to another network or to the world, or comes from there; the host itself gets in.",
      "What is addressed to 127.0.0.0/8 and comes from elsewhere than the host itself is dropped.",
    ]
  `);
});

test("a host that passes packets on for containers alone is told to be no router for others, or what keeps it from that", () => {
  const saidWhere = (areThere: boolean): readonly string[] => {
    const rules = { ...front.rules, routes: [], forwarding: { hosts: ["eth0", "eth1"], areThere } };
    return networkRules({ ...front, services: [], rules }, nameOf).filter((rule) => rule.includes("router"));
  };
  expect(saidWhere(true)).toEqual([
    "This host is no router for others: what comes in by eth0 or eth1 goes out by no link that it had before.",
  ]);
  expect(saidWhere(false)).toEqual([
    "The rules that keep this host from being a router for others are missing: the next reconcile makes them.",
  ]);
});

test("what should be in the kernel and is not is told, with what mends it", () => {
  const rules = { isWhole: false, isTranslated: false, isApart: false, isClosed: false, routes: [] };
  const torn = { ...front, services: [], rules };
  expect(networkRules(torn, nameOf)).toMatchInlineSnapshot(`
    [
      "Somebody changed the rules: the next reconcile makes them whole.",
      "The rule that gives what goes to the world an address of the host is missing: the next reconcile makes it.",
      "The rules that keep it apart from other networks are missing: the next reconcile makes them.",
      "What is addressed to 127.0.0.0/8 and comes from elsewhere than the host itself is dropped.",
    ]
  `);
  expect(networkRules({ ...torn, isUp: false }, nameOf)).toMatchInlineSnapshot(`
    [
      "There is no bridge, and no rule: they come with the first container that is started.",
    ]
  `);
});
