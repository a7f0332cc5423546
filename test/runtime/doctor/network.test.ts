import { expect, test } from "vitest";
import { judgeAddressPools } from "../../../src/runtime/doctor/address-pools.ts";
import { judgeConntrack } from "../../../src/runtime/doctor/conntrack.ts";
import {
  chainsIn,
  firewallOf,
  judgeFirewalls,
  stopsForwarding,
  type DroppingChain,
} from "../../../src/runtime/doctor/firewalls.ts";
import { judgePublishedPorts } from "../../../src/runtime/doctor/published-ports.ts";
import { judgeResolvers } from "../../../src/runtime/doctor/resolvers.ts";

const pools = [
  { base: "10.89.0.0/16", size: 20 },
  { base: "172.29.0.0/16", size: 20 },
];
const route = (destination: string, link: string): { destination: string; link: string } => ({
  destination,
  link,
});
const nothing = { pools, routes: [], networks: [] };
const shop = { name: "shop_front", subnet: "10.89.16.0/20" };

const chain: DroppingChain = {
  family: "inet",
  table: "filter",
  name: "forward",
  firewall: undefined,
  namesOurs: false,
};
const docker: DroppingChain = { ...chain, family: "ip", name: "FORWARD", firewall: "Docker" };
const firewalls = (...chains: readonly DroppingChain[]): ReturnType<typeof judgeFirewalls> =>
  judgeFirewalls({ bridgePrefix: "tallyman", chains });

const resolver = { address: "10.89.12.3", networks: ["shop_front"], answers: true };
const web = { hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp" } as const;
const nameServer = { address: "0.0.0.0", port: 53, protocol: "udp" } as const;

test.each([
  [
    "all subnets are free",
    judgeAddressPools(nothing),
    "ok",
    "32 free subnets in 10.89.0.0/16, 172.29.0.0/16",
  ],
  [
    "a route of a VPN takes a pool",
    judgeAddressPools({ ...nothing, routes: [route("10.0.0.0/8", "wg0")], networks: [] }),
    "ok",
    "16 free subnets in 10.89.0.0/16, 172.29.0.0/16; none in 10.89.0.0/16",
  ],
  [
    "routes take all",
    judgeAddressPools({ ...nothing, routes: [route("10.0.0.0/8", "wg0"), route("172.16.0.0/12", "wg0")] }),
    "warning",
    "no further network can be made",
  ],
  [
    "a route has come to meet a network",
    judgeAddressPools({ ...nothing, routes: [route("10.89.20.0/24", "wg0")], networks: [shop] }),
    "warning",
    "network shop_front (10.89.16.0/20) overlaps the host's route to 10.89.20.0/24 by wg0",
  ],
  ["networks take subnets", judgeAddressPools({ ...nothing, networks: [shop] }), "ok", "31 free subnets"],

  ["nobody filters", firewalls(), "ok", "none drops what is forwarded"],
  ["Docker has a hook", firewalls(docker), "ok", "Docker stops what it does not know, and is opened"],
  ["a chain that names our bridges", firewalls({ ...chain, namesOurs: true }), "ok", "lets our bridges pass"],
  [
    "somebody's own chain",
    firewalls(docker, chain),
    "warning",
    "inet filter forward: what is forwarded is dropped",
  ],

  ["no resolver yet", judgeResolvers({ resolvers: [], listeners: [] }), "ok", "none yet"],
  ["one that answers", judgeResolvers({ resolvers: [resolver], listeners: [] }), "ok", "one answers"],
  [
    "one that does not",
    judgeResolvers({ resolvers: [resolver, { ...resolver, answers: false }], listeners: [] }),
    "warning",
    "10.89.12.3 (shop_front) does not answer",
  ],
  [
    "a name server of the host on all addresses",
    judgeResolvers({
      resolvers: [],
      listeners: [{ ...nameServer, process: { pid: 7, command: "unbound" } }],
    }),
    "warning",
    "unbound (process 7) has port 53 of all addresses",
  ],
  [
    "one on an address of its own",
    judgeResolvers({ resolvers: [], listeners: [{ ...nameServer, address: "127.0.0.53" }] }),
    "ok",
    "none yet",
  ],

  [
    "nothing is followed yet",
    judgeConntrack({ limit: undefined, count: undefined }),
    "ok",
    "none is followed yet",
  ],
  [
    "no published port",
    judgePublishedPorts({ ports: [], unheld: [], others: [], unreached: [] }),
    "ok",
    "none",
  ],
  [
    "a port that is held",
    judgePublishedPorts({ ports: [web, web], unheld: [], others: [], unreached: [] }),
    "ok",
    "one, held",
  ],
  [
    "a port that nobody holds",
    judgePublishedPorts({ ports: [web], unheld: [web], others: [], unreached: [] }),
    "warning",
    "nobody holds 8080/tcp",
  ],
  [
    "a port that another program listens on, too",
    judgePublishedPorts({
      ports: [web],
      unheld: [],
      others: [{ address: "::", port: 8080, protocol: "tcp", process: { pid: 9, command: "nginx" } }],
      unreached: [],
    }),
    "warning",
    "nginx (process 9) listens on 8080/tcp",
  ],
  [
    "a port on an address that the host does not have",
    judgePublishedPorts({
      ...{ ports: [web], unheld: [], others: [] },
      unreached: [{ ...web, hostAddress: "198.51.100.7" }],
    }),
    "warning",
    "8080/tcp is published on 198.51.100.7, which no link of this host that is up has now",
  ],

  [
    "room for more connections",
    judgeConntrack({ limit: 262_144, count: 134 }),
    "ok",
    "134 of 262144 are followed",
  ],
  [
    "a full table",
    judgeConntrack({ limit: 262_144, count: 250_000 }),
    "warning",
    "new connections are dropped",
  ],
  ["a small table", judgeConntrack({ limit: 8_192, count: 10 }), "warning", "fills the table"],
] as const)("%s", (_what, check, status, detail) => {
  expect(check.detail).toContain(detail);
  expect(check.status).toBe(status);
  expect(check.remedy === undefined).toBe(status === "ok");
});

test("what lets our bridges pass a chain of somebody's own can be copied", () => {
  expect(firewalls(chain).remedy).toBe(
    'Let it pass: nft insert rule inet filter forward iifname "tallyman*" accept; nft insert rule inet filter forward oifname "tallyman*" ct state established,related accept; nft insert rule inet filter forward oifname "tallyman*" ct status dnat accept',
  );
});

test.each([
  ["Docker", { table: "filter", name: "FORWARD", policy: "drop" }, ["DOCKER-USER"]],
  ["ufw", { table: "filter", name: "FORWARD", policy: "drop" }, ["ufw-user-forward"]],
  ["firewalld", { table: "firewalld", name: "filter_FORWARD", policy: "accept" }, ["filter_INPUT_ZONES"]],
  [undefined, { table: "filter", name: "FORWARD", policy: "drop" }, ["mine"]],
] as const)("the firewall %s is known by the chains that it makes", (name, base, beside) => {
  const printed = [
    { ...base, hook: "forward" },
    ...beside.map((each) => ({ table: base.table, name: each })),
  ];
  const chains = chainsIn(
    JSON.stringify({
      nftables: [{ metainfo: {} }, ...printed.map((each) => ({ chain: { family: "ip", ...each } }))],
    }),
  );
  expect(chains.filter(stopsForwarding).map((each) => firewallOf(each, chains))).toEqual([name]);
});

test("what lets everything pass, or filters only what is for the host, stops nothing", () => {
  expect(stopsForwarding({ ...chain, hook: "forward", policy: "accept" })).toBe(false);
  expect(stopsForwarding({ ...chain, hook: "input", policy: "drop" })).toBe(false);
});
