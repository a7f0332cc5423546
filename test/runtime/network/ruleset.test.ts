import { expect, test } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { parseRuleset } from "../../../src/runtime/network/parse-ruleset.ts";
import { rulesetText } from "../../../src/runtime/network/ruleset.ts";

const web = containerId("aaaaaaaaaaaa");
const api = containerId("bbbbbbbbbbbb");

test("the whole table is one transaction, the ports of one address before those of all", () => {
  const text = rulesetText(instanceOf({ dataDir: "/var/lib/tallyman" }), "10.89.0.0/20", {
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
      {
        hostAddress: "127.0.0.1",
        hostPort: 8080,
        protocol: "tcp",
        backends: [{ containerId: api, port: 9 }],
      },
    ],
    addresses: new Map([
      [web, "10.89.0.2"],
      [api, "10.89.0.3"],
    ]),
  });
  expect(text).toBe(`add table ip tallyman
add set ip tallyman endpoints { type ipv4_addr; }
add chain ip tallyman raw-prerouting { type filter hook prerouting priority -300; policy accept; }
add chain ip tallyman published
add chain ip tallyman nat-prerouting { type nat hook prerouting priority -100; policy accept; }
add chain ip tallyman nat-output { type nat hook output priority -100; policy accept; }
add chain ip tallyman nat-postrouting { type nat hook postrouting priority 100; policy accept; }
flush table ip tallyman
flush set ip tallyman endpoints
add element ip tallyman endpoints { 10.89.0.2 comment "aaaaaaaaaaaa" }
add element ip tallyman endpoints { 10.89.0.3 comment "bbbbbbbbbbbb" }
add rule ip tallyman raw-prerouting iifname != "lo" ip daddr 127.0.0.0/8 drop
add rule ip tallyman published ip daddr 127.0.0.1 tcp dport 8080 dnat to 10.89.0.3:9
add rule ip tallyman published tcp dport 8080 numgen random mod 2 0 dnat to 10.89.0.2:80
add rule ip tallyman published tcp dport 8080 dnat to 10.89.0.3:81
add rule ip tallyman nat-prerouting fib daddr type local jump published
add rule ip tallyman nat-output fib daddr type local jump published
add rule ip tallyman nat-postrouting ip saddr 10.89.0.0/20 oifname != "tallyman0" masquerade
add rule ip tallyman nat-postrouting ct status dnat ip saddr 10.89.0.0/20 oifname "tallyman0" masquerade
add rule ip tallyman nat-postrouting ip saddr 127.0.0.0/8 oifname "tallyman0" masquerade
`);
});

test("rules and elements that somebody else put into the table are passed over", () => {
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      { set: { name: "endpoints", elem: ["10.89.0.9", { elem: { val: "10.89.0.2", comment: web } }] } },
      { rule: { chain: "published", expr: [{ counter: null }, { accept: null }] } },
      { rule: { chain: "published", expr: [dport(8080), dnat("10.89.0.2", 80)] } },
      { rule: { chain: "published", expr: [dport(8081), dnat("10.89.0.9", 80)] } },
    ],
  });
  expect(parseRuleset(json)).toEqual({
    routes: [
      {
        hostAddress: "0.0.0.0",
        hostPort: 8080,
        protocol: "tcp",
        backends: [{ containerId: web, port: 80 }],
      },
    ],
    addresses: new Map([[web, "10.89.0.2"]]),
  });
});

function dport(port: number): object {
  return { match: { op: "==", left: { payload: { protocol: "tcp", field: "dport" } }, right: port } };
}

function dnat(addr: string, port: number): object {
  return { dnat: { family: "ip", addr, port } };
}
