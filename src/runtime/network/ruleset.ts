/** Our nftables table as text for `nft -f`: one transaction that leaves the whole table as described. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { Route } from "../../model/route.ts";
import type { Instance } from "../instance.ts";
import type { Published } from "./published.ts";

/**
 * Rules are flushed and written anew within the transaction: packets meet the old ones or the new ones, and the
 * chains with their hooks stay, so that live connections are not touched. Priorities are numbers, since nft 1.0.6
 * does not take `dstnat` on every hook.
 */
export function rulesetText(instance: Instance, subnet: string, published: Published): string {
  const table = `ip ${instance.table}`;
  const chains = chainsOf(instance.bridge, subnet, published);
  const lines = [
    `add table ${table}`,
    `add set ${table} endpoints { type ipv4_addr; }`,
    ...chains.map((chain) => `add chain ${table} ${chain.name}${chain.hook && ` { ${chain.hook} }`}`),
    `flush table ${table}`,
    `flush set ${table} endpoints`,
    ...[...published.addresses].map(
      ([id, address]) => `add element ${table} endpoints { ${address} comment "${id}" }`,
    ),
    ...chains.flatMap((chain) => chain.rules.map((rule) => `add rule ${table} ${chain.name} ${rule}`)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Takes the table away; no error where there is none. */
export function emptyRulesetText(instance: Instance): string {
  return `add table ip ${instance.table}\ndelete table ip ${instance.table}\n`;
}

interface Chain {
  readonly name: string;
  readonly hook: string;
  readonly rules: readonly string[];
}

function chainsOf(bridge: string, subnet: string, published: Published): readonly Chain[] {
  const toOurPorts = "fib daddr type local jump published";
  return [
    {
      // route_localnet and a translation before routing would let others speak to our loopback (CVE-2020-8558).
      name: "raw-prerouting",
      hook: "type filter hook prerouting priority -300; policy accept;",
      rules: ['iifname != "lo" ip daddr 127.0.0.0/8 drop'],
    },
    {
      name: "published",
      hook: "",
      rules: published.routes.toSorted(specificFirst).flatMap(rulesOf(published)),
    },
    {
      name: "nat-prerouting",
      hook: "type nat hook prerouting priority -100; policy accept;",
      rules: [toOurPorts],
    },
    { name: "nat-output", hook: "type nat hook output priority -100; policy accept;", rules: [toOurPorts] },
    {
      name: "nat-postrouting",
      hook: "type nat hook postrouting priority 100; policy accept;",
      rules: [
        `ip saddr ${subnet} oifname != "${bridge}" masquerade`,
        // A container that reaches another, or itself, by a published port: the answer must come back through us.
        `ct status dnat ip saddr ${subnet} oifname "${bridge}" masquerade`,
        `ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade`,
      ],
    },
  ];
}

/**
 * One rule per backend, each taking its share of what the rules before it let pass. Not one rule with a map: a packet
 * that is between the two while a transaction commits does not find the map's elements, and the port seems closed.
 */
function rulesOf(published: Published): (route: Route) => readonly string[] {
  return ({ hostAddress, hostPort, protocol, backends }) =>
    backends.map((backend, index) => {
      const address = hostAddress === "0.0.0.0" ? "" : `ip daddr ${hostAddress} `;
      const waiting = backends.length - index;
      const share = waiting === 1 ? "" : `numgen random mod ${waiting} 0 `;
      const to = `${addressIn(published, backend.containerId)}:${backend.port}`;
      return `${address}${protocol} dport ${hostPort} ${share}dnat to ${to}`;
    });
}

/** The first rule that matches decides. */
function specificFirst(a: Route, b: Route): number {
  return Number(a.hostAddress === "0.0.0.0") - Number(b.hostAddress === "0.0.0.0");
}

function addressIn(published: Published, id: ContainerId): string {
  const address = published.addresses.get(id);
  if (address === undefined) throw new Error(`container ${id} is published without an address`);
  return address;
}
