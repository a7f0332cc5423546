/** Our tables of nftables: that of IPv6 is on the host where a network has IPv6. */
import type { Family } from "../../model/ip-range.ts";
import type { Instance } from "../instance.ts";
import { OwnChanges } from "./own-changes.ts";
import { Table } from "./table.ts";

export type Tables = Readonly<Record<Family, Table>>;

export const families: readonly Family[] = [4, 6];

export function openTables(instance: Instance): Tables {
  const ours = new OwnChanges();
  return { 4: new Table(instance, 4, ours), 6: new Table(instance, 6, ours) };
}
