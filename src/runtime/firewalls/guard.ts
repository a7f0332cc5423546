/**
 * Where another firewall can only be opened for a whole link, this table keeps out what it kept out before: what other
 * hosts send to a container's own address, and not to a published port. Pure.
 */
import type { Ours } from "./firewall.ts";

/** Family `inet`. */
export function guardTable({ table }: Ours): string {
  return `${table}-guard`;
}

/** One transaction that leaves the whole table as described. */
export function guardText(ours: Ours): string {
  const table = `inet ${guardTable(ours)}`;
  const bridges = `"${ours.bridgePrefix}*"`;
  const rules = [
    `iifname ${bridges} accept`,
    "ct status dnat accept",
    `oifname ${bridges} ct state new drop`,
  ];
  return [
    `add table ${table}`,
    `add chain ${table} forward { type filter hook forward priority -9; policy accept; }`,
    `flush table ${table}`,
    ...rules.map((rule) => `add rule ${table} forward ${rule}`),
    "",
  ].join("\n");
}

/** Takes the table away; no error where there is none. */
export function noGuardText(ours: Ours): string {
  const table = `inet ${guardTable(ours)}`;
  return `add table ${table}\ndelete table ${table}\n`;
}
