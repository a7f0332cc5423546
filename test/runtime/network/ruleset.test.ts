import { expect, test } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { baseChains } from "../../../src/runtime/network/base-chains.ts";
import { baseSets } from "../../../src/runtime/network/base-sets.ts";
import { parseRuleset } from "../../../src/runtime/network/parse-ruleset.ts";
import { nothingIn, nothingPublished, type Published } from "../../../src/runtime/network/published.ts";
import { changeText, rulesetText } from "../../../src/runtime/network/ruleset.ts";

const web = containerId("aaaaaaaaaaaa");
const api = containerId("bbbbbbbbbbbb");
const instance = instanceOf({ dataDir: "/var/lib/tallyman" });
const dns = { hostAddress: "0.0.0.0", hostPort: 53, protocol: "udp" } as const;

const some: Published = {
  family: 4,
  bridges: [{ bridge: "tallyman0", cidr: "10.89.0.0/20" }],
  routes: [
    {
      hostAddress: "0.0.0.0",
      hostPort: 8080,
      protocol: "tcp",
      backends: [
        { containerId: web, port: 80 },
        { containerId: api, port: 81 },
      ],
    },
    { hostAddress: "127.0.0.1", hostPort: 8080, protocol: "tcp", backends: [{ containerId: api, port: 9 }] },
  ],
  addresses: new Map([
    [web, "10.89.0.2"],
    [api, "10.89.0.3"],
  ]),
  services: [{ address: "10.89.12.1", backends: [{ containerId: web, address: "10.89.0.2" }] }],
};

test("a port of one address of IPv6 is led on from its stand-in, apart from the same port of IPv4", () => {
  const published: Published = {
    ...some,
    routes: [
      { hostAddress: "0.0.0.0", hostPort: 80, protocol: "tcp", backends: [{ containerId: web, port: 80 }] },
      { hostAddress: "::1", hostPort: 80, protocol: "tcp", backends: [{ containerId: api, port: 81 }] },
    ],
  };
  const lines = rulesetText(instance, published).split("\n");
  expect(lines.filter((line) => /tcp6?-80/.test(line))).toMatchInlineSnapshot(`
    [
      "add chain ip tallyman tcp-80",
      "add chain ip tallyman tcp6-80",
      "flush chain ip tallyman tcp-80",
      "flush chain ip tallyman tcp6-80",
      "add rule ip tallyman tcp-80 meta l4proto tcp dnat to 10.89.0.2:80",
      "add rule ip tallyman tcp6-80 ip daddr 127.127.248.231 meta l4proto tcp dnat to 10.89.0.3:81 comment "::1"",
      "add element ip tallyman ports { tcp . 80 : goto tcp-80 }",
      "add element ip tallyman ports6 { tcp . 80 : goto tcp6-80 }",
    ]
  `);
});

test("the whole table is one transaction, the ports of one address before those of all", () => {
  expect(rulesetText(instance, some)).toBe(`add table ip tallyman
add set ip tallyman endpoints { type ipv4_addr; }
add set ip tallyman itself { type ipv4_addr . ipv4_addr; }
add set ip tallyman bridges { type ifname; }
add set ip tallyman virtual { type ipv4_addr; }
add map ip tallyman ports { type inet_proto . inet_service : verdict; }
add map ip tallyman ports6 { type inet_proto . inet_service : verdict; }
add map ip tallyman services { type ipv4_addr : verdict; }
add chain ip tallyman raw-prerouting { type filter hook prerouting priority -300; policy accept; }
add chain ip tallyman published6
add chain ip tallyman published
add chain ip tallyman nat-prerouting { type nat hook prerouting priority -100; policy accept; }
add chain ip tallyman nat-output { type nat hook output priority -100; policy accept; }
add chain ip tallyman nat-postrouting { type nat hook postrouting priority 100; policy accept; }
add chain ip tallyman filter-input { type filter hook input priority -10; policy accept; }
flush table ip tallyman
flush set ip tallyman endpoints
flush set ip tallyman itself
flush set ip tallyman bridges
flush set ip tallyman virtual
flush map ip tallyman ports
flush map ip tallyman ports6
flush map ip tallyman services
add rule ip tallyman raw-prerouting ip daddr 127.0.0.0/8 iifname != "lo" drop
add rule ip tallyman published6 meta l4proto . th dport vmap @ports6
add rule ip tallyman published ip daddr 127.112.0.0/12 goto published6
add rule ip tallyman published meta l4proto . th dport vmap @ports
add rule ip tallyman nat-prerouting ip daddr vmap @services
add rule ip tallyman nat-prerouting fib daddr type local jump published
add rule ip tallyman nat-output ip daddr vmap @services
add rule ip tallyman nat-output fib daddr type local jump published
add rule ip tallyman nat-postrouting ct status dnat iifname @bridges oifname @bridges masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr . ip daddr @itself masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr 127.0.0.0/8 oifname @bridges masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr @virtual oifname @bridges masquerade
add rule ip tallyman filter-input ct state new ip daddr @virtual meta l4proto tcp reject with tcp reset
add rule ip tallyman filter-input ct state new ip daddr @virtual reject
add rule ip tallyman filter-input ct state new ip daddr 127.112.0.0/12 meta l4proto tcp reject with tcp reset
add element ip tallyman endpoints { 10.89.0.2 comment "aaaaaaaaaaaa", 10.89.0.3 comment "bbbbbbbbbbbb" }
add element ip tallyman itself { 10.89.0.2 . 10.89.0.2, 10.89.0.3 . 10.89.0.3 }
add element ip tallyman bridges { "tallyman0" comment "10.89.0.0/20" }
add element ip tallyman virtual { 10.89.12.1 }
flush chain ip tallyman nat-postrouting
add rule ip tallyman nat-postrouting ip saddr 10.89.0.0/20 oifname != @bridges masquerade
add rule ip tallyman nat-postrouting ct status dnat iifname @bridges oifname @bridges masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr . ip daddr @itself masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr 127.0.0.0/8 oifname @bridges masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr @virtual oifname @bridges masquerade
add chain ip tallyman tcp-8080
add chain ip tallyman service-10.89.12.1
flush chain ip tallyman tcp-8080
flush chain ip tallyman service-10.89.12.1
add rule ip tallyman tcp-8080 ip daddr 127.0.0.1 meta l4proto tcp dnat to 10.89.0.3:9
add rule ip tallyman tcp-8080 meta l4proto tcp numgen random mod 2 0 dnat to 10.89.0.2:80
add rule ip tallyman tcp-8080 meta l4proto tcp dnat to 10.89.0.3:81
add rule ip tallyman service-10.89.12.1 dnat to 10.89.0.2
add element ip tallyman ports { tcp . 8080 : goto tcp-8080 }
add element ip tallyman services { 10.89.12.1 : goto service-10.89.12.1 }
`);
});

test("a change writes the chains that it is about and leaves the elements that lead to them", () => {
  const next: Published = {
    ...some,
    routes: [{ ...dns, backends: [{ containerId: web, port: 5353 }] }],
    addresses: new Map([[web, "10.89.0.2"]]),
    services: [{ address: "10.89.12.1", backends: [{ containerId: api, address: "10.89.0.3" }] }],
  };
  expect(changeText(instance, some, next))
    .toBe(`delete element ip tallyman ports { tcp . 8080 : goto tcp-8080 }
add chain ip tallyman udp-53
flush chain ip tallyman tcp-8080
flush chain ip tallyman service-10.89.12.1
flush chain ip tallyman udp-53
add rule ip tallyman service-10.89.12.1 dnat to 10.89.0.3
add rule ip tallyman udp-53 meta l4proto udp dnat to 10.89.0.2:5353
add element ip tallyman ports { udp . 53 : goto udp-53 }
`);
});

test("the table of IPv6 is made in the same manner, without what only IPv4 has", () => {
  const published: Published = {
    family: 6,
    bridges: [{ bridge: "tallyman-1", cidr: "fd00:1::/64" }],
    routes: [
      { hostAddress: "::", hostPort: 8080, protocol: "tcp", backends: [{ containerId: web, port: 80 }] },
      {
        hostAddress: "2001:db8::1",
        hostPort: 8080,
        protocol: "tcp",
        backends: [{ containerId: web, port: 9 }],
      },
    ],
    addresses: new Map([[web, "fd00:1::2"]]),
    services: [{ address: "fd00:1::c000:1", backends: [{ containerId: web, address: "fd00:1::2" }] }],
  };
  const lines = rulesetText(instance, published).split("\n");
  expect(lines.filter((line) => /^add (rule|element)/.test(line))).toMatchInlineSnapshot(`
    [
      "add rule ip6 tallyman published meta l4proto . th dport vmap @ports6",
      "add rule ip6 tallyman nat-prerouting ip6 daddr vmap @services",
      "add rule ip6 tallyman nat-prerouting ip6 daddr != { ::1, fe80::/10 } fib daddr type local jump published",
      "add rule ip6 tallyman nat-output ip6 daddr vmap @services",
      "add rule ip6 tallyman nat-output ip6 daddr != { ::1, fe80::/10 } fib daddr type local jump published",
      "add rule ip6 tallyman nat-postrouting ct status dnat iifname @bridges oifname @bridges masquerade",
      "add rule ip6 tallyman nat-postrouting ct status dnat ip6 saddr . ip6 daddr @itself masquerade",
      "add rule ip6 tallyman nat-postrouting ct status dnat ip6 saddr @virtual oifname @bridges masquerade",
      "add rule ip6 tallyman filter-input ct state new ip6 daddr @virtual meta l4proto tcp reject with tcp reset",
      "add rule ip6 tallyman filter-input ct state new ip6 daddr @virtual reject",
      "add element ip6 tallyman endpoints { fd00:1::2 comment "aaaaaaaaaaaa" }",
      "add element ip6 tallyman itself { fd00:1::2 . fd00:1::2 }",
      "add element ip6 tallyman bridges { "tallyman-1" comment "fd00:1::/64" }",
      "add element ip6 tallyman virtual { fd00:1::c000:1 }",
      "add rule ip6 tallyman nat-postrouting ip6 saddr fd00:1::/64 oifname != @bridges masquerade",
      "add rule ip6 tallyman nat-postrouting ct status dnat iifname @bridges oifname @bridges masquerade",
      "add rule ip6 tallyman nat-postrouting ct status dnat ip6 saddr . ip6 daddr @itself masquerade",
      "add rule ip6 tallyman nat-postrouting ct status dnat ip6 saddr @virtual oifname @bridges masquerade",
      "add rule ip6 tallyman tcp6-8080 ip6 daddr 2001:db8::1 meta l4proto tcp dnat to [fd00:1::2]:9 comment "2001:db8::1"",
      "add rule ip6 tallyman tcp6-8080 meta l4proto tcp dnat to [fd00:1::2]:80 comment "::"",
      "add rule ip6 tallyman service-fd00-1--c000-1 dnat to fd00:1::2",
      "add element ip6 tallyman ports6 { tcp . 8080 : goto tcp6-8080 }",
      "add element ip6 tallyman services { fd00:1::c000:1 : goto service-fd00-1--c000-1 }",
    ]
  `);
});

test("no change is no text", () => {
  expect(changeText(instance, some, some)).toBe("");
});

test("rules and elements that somebody else put into the table are passed over", () => {
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      { chain: { name: "tcp-8080" } },
      { chain: { name: "tcp-8090" } },
      { chain: { name: "somebody-elses" } },
      { set: { name: "endpoints", elem: ["10.89.0.9", { elem: { val: "10.89.0.2", comment: web } }] } },
      { rule: { chain: "tcp-8080", expr: [{ counter: null }, { accept: null }] } },
      { rule: { chain: "tcp-8080", expr: [dnat("10.89.0.2", 80)] } },
      { rule: { chain: "tcp-8081", expr: [dnat("10.89.0.9", 80)] } },
      { rule: { chain: "somebody-elses", expr: [dnat("10.89.0.2", 80)] } },
    ],
  });
  expect(parseRuleset(json)).toEqual({
    published: {
      ...nothingPublished,
      routes: [
        {
          hostAddress: "0.0.0.0",
          hostPort: 8080,
          protocol: "tcp",
          backends: [{ containerId: web, port: 80 }],
        },
      ],
      addresses: new Map([[web, "10.89.0.2"]]),
    },
    isWhole: false,
    spareChains: ["tcp-8090"],
  });
});

test("a table that lacks a set is not whole, even if it has as many rules: an earlier version made it", () => {
  const sets = baseSets(6).map(({ name, kind }) => ({ [kind]: { name } }));
  const rules = baseChains(nothingIn(6)).flatMap(({ name, rules }) =>
    rules.map(() => ({ rule: { chain: name, expr: [] } })),
  );
  const isWhole = (objects: readonly object[]): boolean =>
    parseRuleset(JSON.stringify({ nftables: objects }), 6).isWhole;
  expect(isWhole([...sets, ...rules])).toBe(true);
  expect(isWhole([...sets.slice(1), ...rules])).toBe(false);
  expect(isWhole([...sets, ...rules.slice(1)])).toBe(false);
});

test.each([["10.91.0.2"], ["10.88.0.2"]])(
  "a port leads to the address that its rule names, whichever others (%s) the container has",
  (other) => {
    const endpoints = ["10.89.0.2", other].toSorted().map((val) => ({ elem: { val, comment: web } }));
    const json = JSON.stringify({
      nftables: [
        { set: { name: "endpoints", elem: endpoints } },
        { rule: { chain: "tcp-8080", expr: [dnat("10.89.0.2", 80)] } },
      ],
    });
    expect(parseRuleset(json).published.addresses).toEqual(new Map([[web, "10.89.0.2"]]));
  },
);

function dnat(addr: string, port: number): object {
  return { dnat: { family: "ip", addr, port } };
}
