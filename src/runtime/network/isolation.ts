/**
 * The rules that keep our networks apart, in a table of their own: what goes through the host from one of our bridges
 * to another one is refused, unless it was sent to a published port; so is IPv6 from other hosts, untold. Pure.
 */
import { isIPv6Address } from "../../model/host-address.ts";
import type { Instance } from "../instance.ts";
import { setElements } from "./set-elements.ts";

export interface IsolatedBridge {
  readonly bridge: string;
  /** CIDRs, one of each family that it has. */
  readonly subnets: readonly string[];
  /** Nothing goes from it to another link, or comes from one. */
  readonly internal: boolean;
}

/** Who tries is told at once, and does not wait. */
const refuse = "reject with icmpx admin-prohibited";

/** One transaction that leaves the whole table as described. */
export function isolationText(instance: Instance, bridges: readonly IsolatedBridge[]): string {
  const table = isolationTable(instance);
  const ours = `"${instance.bridgePrefix}*"`;
  const subnets = bridges.flatMap((bridge) => bridge.subnets);
  const subnets6 = subnets.filter(isIPv6Address);
  const lines = [
    `add table ${table}`,
    `add set ${table} within { type ifname . ifname; }`,
    `add set ${table} internal { type ifname; }`,
    `add set ${table} subnets { type ipv4_addr; flags interval; }`,
    ...(subnets6.length > 0 ? [`add set ${table} subnets6 { type ipv6_addr; flags interval; }`] : []),
    `add chain ${table} forward { type filter hook forward priority -10; policy accept; }`,
    `flush table ${table}`,
    ...["within", "internal", "subnets", ...(subnets6.length > 0 ? ["subnets6"] : [])].map(
      (set) => `flush set ${table} ${set}`,
    ),
    ...setElements(
      `${table} within`,
      bridges.map(({ bridge }) => `"${bridge}" . "${bridge}"`),
    ),
    ...setElements(
      `${table} internal`,
      bridges.flatMap(({ bridge, internal }) => (internal ? [`"${bridge}"`] : [])),
    ),
    ...setElements(
      `${table} subnets`,
      subnets.filter((subnet) => !isIPv6Address(subnet)),
    ),
    ...setElements(`${table} subnets6`, subnets6),
    ...[
      // With bridge-nf-call-iptables=1 the packets within a bridge come by here, too.
      "iifname . oifname @within accept",
      `iifname @internal ${refuse}`,
      `iifname ${ours} oifname @internal ${refuse}`,
      "oifname @internal drop",
      // Routers lead others to an address of IPv6 as to any: only what is published is open to them.
      ...(subnets6.length > 0
        ? [`iifname != ${ours} oifname ${ours} meta nfproto ipv6 ct state new ct status & dnat == 0 drop`]
        : []),
      // What was sent to an address of the host is published to everybody; an address of a service is its network's.
      `iifname ${ours} oifname ${ours} ct status dnat ct original ip daddr != @subnets accept`,
      ...(subnets6.length > 0
        ? [`iifname ${ours} oifname ${ours} ct status dnat ct original ip6 daddr != @subnets6 accept`]
        : []),
      `iifname ${ours} oifname ${ours} ${refuse}`,
    ].map((rule) => `add rule ${table} forward ${rule}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Takes the table away; no error where there is none. */
export function noIsolationText(instance: Instance): string {
  return `add table ${isolationTable(instance)}\ndelete table ${isolationTable(instance)}\n`;
}

/** Family and name. */
export function isolationTable(instance: Instance): string {
  return `inet ${instance.table}-networks`;
}
