/**
 * The rules of a host that passes packets on for us alone, in a table of their own: what comes in by a link that it had
 * before, and did not pass on then, goes to none of these links now. Links that come later are their makers'. Pure.
 */
import type { Instance } from "../instance.ts";
import { setElements } from "./set-elements.ts";

/** Of the host, as they were before. */
export interface LinksBefore {
  /** Without bridges of ours. */
  readonly links: readonly string[];
  /** Those whose packets it passed on already, by a setting of the link. */
  readonly routers: readonly string[];
  /** Those that are bridges. */
  readonly bridges: readonly string[];
}

/** One transaction that leaves the whole table as described. */
export function forwardingText(instance: Instance, before: LinksBefore): string {
  const table = forwardingTable(instance);
  const lines = [
    `add table ${table}`,
    `add set ${table} within { type ifname . ifname; }`,
    `add set ${table} hosts { type ifname; }`,
    `add set ${table} links { type ifname; }`,
    `add chain ${table} forward { type filter hook forward priority -10; policy accept; }`,
    `flush table ${table}`,
    ...["within", "hosts", "links"].map((set) => `flush set ${table} ${set}`),
    ...setElements(
      `${table} within`,
      quoted(before.bridges).map((bridge) => `${bridge} . ${bridge}`),
    ),
    ...setElements(`${table} hosts`, quoted(hostsAmong(before))),
    ...setElements(`${table} links`, quoted(before.links)),
    // With bridge-nf-call-iptables=1 the packets within a bridge, of virtual machines say, come by here, too.
    `add rule ${table} forward iifname . oifname @within accept`,
    `add rule ${table} forward iifname @hosts oifname @links drop`,
  ];
  return `${lines.join("\n")}\n`;
}

/** As nft reads them: a final `*` would stand for any text, and no name with a `"` can be written. */
function quoted(links: readonly string[]): readonly string[] {
  return links.filter((link) => !link.includes('"')).map((link) => `"${link.replace(/\*$/, "\\*")}"`);
}

/** Links whose packets were not passed on. */
export function hostsAmong({ links, routers }: Omit<LinksBefore, "bridges">): readonly string[] {
  return links.filter((link) => !routers.includes(link));
}

/** Takes the table away; no error where there is none. */
export function noForwardingText(instance: Instance): string {
  const table = forwardingTable(instance);
  return `add table ${table}\ndelete table ${table}\n`;
}

/** Family and name. */
function forwardingTable(instance: Instance): string {
  return `ip ${instance.table}-forwarding`;
}
