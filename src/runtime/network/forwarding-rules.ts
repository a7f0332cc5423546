/**
 * The rules of a host that passes packets on for us alone, in a table of their own: what comes in by a link that it had
 * before, and did not pass on then, goes to none of these links now. Links that come later are their makers'. Pure.
 */
import type { Instance } from "../instance.ts";
import type { ForwardingRecord } from "./forwarding-record.ts";
import { setElements } from "./set-elements.ts";

/** One transaction that leaves the whole table as described. */
export function forwardingText(instance: Instance, before: ForwardingRecord): string {
  const table = forwardingTable(instance);
  const lines = [
    `add table ${table}`,
    `add set ${table} within { type ifname . ifname; }`,
    `add set ${table} hosts { type ifname; }`,
    `add set ${table} links { type ifname; }`,
    // No rule needs these two: instances that come later read here what the host was.
    `add set ${table} routers { type ifname; }`,
    `add set ${table} redirected { type ifname; }`,
    `add chain ${table} forward { type filter hook forward priority -10; policy accept; }`,
    `flush table ${table}`,
    ...["within", "hosts", "links", "routers", "redirected"].map((set) => `flush set ${table} ${set}`),
    ...setElements(
      `${table} within`,
      quoted(before.bridges).map((bridge) => `${bridge} . ${bridge}`),
    ),
    ...setElements(`${table} hosts`, quoted(hostsAmong(before))),
    ...setElements(`${table} links`, quoted(before.links)),
    ...setElements(`${table} routers`, quoted(before.routers)),
    ...setElements(`${table} redirected`, before.acceptsRedirects ? ['"all"'] : []),
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
export function hostsAmong({
  links,
  routers,
}: Pick<ForwardingRecord, "links" | "routers">): readonly string[] {
  return links.filter((link) => !routers.includes(link));
}

/** Takes the table away; no error where there is none. */
export function noForwardingText(instance: Instance): string {
  const table = forwardingTable(instance);
  return `add table ${table}\ndelete table ${table}\n`;
}

/** Family and name. */
export function forwardingTable(instance: Pick<Instance, "table">): string {
  return `ip ${instance.table}-forwarding`;
}
