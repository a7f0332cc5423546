/** The sets and maps that every table of ours has. Pure. */
import type { Family } from "../../model/ip-range.ts";

export interface BaseSet {
  readonly name: string;
  readonly kind: "set" | "map";
  readonly type: string;
}

export function baseSets(family: Family): readonly BaseSet[] {
  const address = `ipv${family}_addr`;
  return [
    // Which container has which address: no rule asks, readers do.
    { name: "endpoints", kind: "set", type: `type ${address}` },
    { name: "itself", kind: "set", type: `type ${address} . ${address}` },
    { name: "bridges", kind: "set", type: "type ifname" },
    { name: "virtual", kind: "set", type: `type ${address}` },
    { name: "ports", kind: "map", type: "type inet_proto . inet_service : verdict" },
    { name: "ports6", kind: "map", type: "type inet_proto . inet_service : verdict" },
    { name: "services", kind: "map", type: `type ${address} : verdict` },
  ];
}
