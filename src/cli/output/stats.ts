/** What containers use, as a table and as the versioned document of `stats --format json`. Pure. */
import type { Replica } from "../../agent/replica.ts";
import { cpusUsed, type Usage } from "../../runtime/usage/usage.ts";
import { table } from "./table.ts";
import { memoryText, sizeText } from "./units.ts";

/** A replica that runs, looked at twice. */
export interface ReplicaUsage {
  readonly replica: Pick<Replica, "id" | "name" | "stack" | "service" | "slot">;
  readonly before: Usage;
  readonly after: Usage;
}

export function statsTable(replicas: readonly ReplicaUsage[]): string {
  const head = ["NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"];
  const rows = replicas.map(({ replica, before, after }) => {
    const { memoryBytes, network, readBytes, writtenBytes, pids, limits } = after;
    return [
      replica.name,
      percent(cpusUsed(before, after)),
      `${memoryText(memoryBytes)} / ${limits.memoryBytes === null ? "-" : memoryText(limits.memoryBytes)}`,
      limits.memoryBytes === null ? "-" : percent(memoryBytes / limits.memoryBytes),
      network === null ? "-" : `${sizeText(network.receivedBytes)} / ${sizeText(network.sentBytes)}`,
      `${sizeText(readBytes)} / ${sizeText(writtenBytes)}`,
      `${pids}`,
    ];
  });
  return `${table(head, rows)}\n`;
}

/** Fields are only ever added. What has no limit, or no network of its own, is null. */
export function statsDocument(replicas: readonly ReplicaUsage[]): object {
  const containers = replicas.map(({ replica, before, after }) => ({
    id: replica.id,
    name: replica.name,
    stack: replica.stack ?? null,
    service: replica.service ?? null,
    slot: replica.slot ?? null,
    cpuPercent: Math.round(cpusUsed(before, after) * 10_000) / 100,
    cpuMs: Math.round(after.cpuMs),
    memoryBytes: after.memoryBytes,
    network: after.network,
    readBytes: after.readBytes,
    writtenBytes: after.writtenBytes,
    pids: after.pids,
    limits: after.limits,
  }));
  return { formatVersion: 1, containers };
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
