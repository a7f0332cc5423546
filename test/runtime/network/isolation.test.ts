import { expect, it } from "vitest";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { isolationText } from "../../../src/runtime/network/isolation.ts";

const instance = instanceOf({ dataDir: "/var/lib/tallyman" });

function rulesFor(...subnets: readonly string[]): readonly string[] {
  const text = isolationText(instance, [{ bridge: "tallyman-0", subnets, internal: false }]);
  return text.split("\n").flatMap((line) => /^add rule \S+ \S+ forward (.*)$/.exec(line)?.[1] ?? []);
}

it("between networks passes what was sent to a published port", () => {
  expect(rulesFor("10.89.0.0/20")).toEqual([
    "iifname . oifname @within accept",
    "iifname @internal reject with icmpx admin-prohibited",
    'iifname "tallyman*" oifname @internal reject with icmpx admin-prohibited',
    "oifname @internal drop",
    'iifname "tallyman*" oifname "tallyman*" ct status dnat ct original ip daddr != @subnets accept',
    'iifname "tallyman*" oifname "tallyman*" reject with icmpx admin-prohibited',
  ]);
});

it("from other hosts passes nothing by IPv6 but that", () => {
  const without = rulesFor("10.89.0.0/20");
  expect(rulesFor("10.89.0.0/20", "2001:db8::/64").filter((rule) => !without.includes(rule))).toEqual([
    'iifname != "tallyman*" oifname "tallyman*" meta nfproto ipv6 ct state new ct status & dnat == 0 drop',
    'iifname "tallyman*" oifname "tallyman*" ct status dnat ct original ip6 daddr != @subnets6 accept',
  ]);
});
