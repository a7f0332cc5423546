/** Replicas as a table and as the versioned document of `ps --format json`. Pure. */
import { nextRestart } from "../../agent/next-restart.ts";
import type { HeldBack } from "../../agent/held-back.ts";
import type { Replica } from "../../agent/replica.ts";
import type { Scheduled } from "../../agent/scheduled.ts";
import type { Route } from "../../model/route.ts";
import { exitText } from "./exit.ts";
import { heldBackJson } from "./held.ts";
import { imageName } from "./image-name.ts";
import { portsText, publishedPorts } from "./published-ports.ts";
import { scheduledJson, scheduledTable } from "./scheduled.ts";
import { table } from "./table.ts";
import { durationText } from "./units.ts";

export interface Surroundings {
  readonly heldBack: HeldBack;
  readonly scheduled: readonly Scheduled[];
  readonly routes: readonly Route[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function replicasTable(
  replicas: readonly Replica[],
  { routes, scheduled, now }: Omit<Surroundings, "heldBack">,
): string {
  if (replicas.length === 0) return scheduledTable(scheduled).trimStart();
  const head = ["NAME", "STATE", "IMAGE", "ADDRESS", "PORTS", "RESTARTS", "ID"];
  const rows = replicas.map((replica) => [
    replica.name,
    stateText(replica, now),
    imageName(replica.image.reference),
    replica.addresses.join(", ") || "-",
    portsText(publishedPorts(replica, routes)),
    `${replica.restarts}`,
    replica.id.slice(0, 12),
  ]);
  return `${table(head, rows)}\n${scheduledTable(scheduled)}`;
}

/** Fields are only ever added. Times are RFC 3339; what is not known or not so is null. */
export function replicasJson(
  replicas: readonly Replica[],
  { routes, heldBack, scheduled }: Omit<Surroundings, "now">,
): string {
  const containers = replicas.map((replica) => ({
    id: replica.id,
    name: replica.name,
    stack: replica.stack ?? null,
    service: replica.service ?? null,
    slot: replica.slot ?? null,
    state: replica.paused ? "paused" : replica.state,
    monitored: replica.monitored,
    health: replica.state === "running" ? (replica.health?.state ?? null) : null,
    healthCheckedAt: timeText(replica.health?.checkedAt),
    image: replica.image.reference,
    digest: replica.image.digest,
    pid: replica.pid ?? null,
    startedAt: timeText(replica.startedAt),
    finishedAt: timeText(replica.finishedAt),
    exitCode: replica.exitCode ?? null,
    oomKilled: replica.oomKilled,
    restarts: replica.restarts,
    addresses: replica.addresses,
    networks: networksOf(replica),
    ports: publishedPorts(replica, routes),
  }));
  const [holds, schedules] = [heldBackJson(heldBack), scheduledJson(scheduled)];
  return `${JSON.stringify({ formatVersion: 1, containers, holds, schedules }, null, 2)}\n`;
}

/** `running for 5m (healthy)`, `exited (137, out of memory) 3s ago`; `completed 3s ago` for what is not run again. */
export function stateText(replica: Replica, now: number): string {
  const { state, paused, monitored, health, startedAt, finishedAt, exitCode, oomKilled } = replica;
  if (state === "incomplete") return "being made";
  if (state === "created") return "created";
  if (state === "running") {
    const since = startedAt === undefined ? "" : ` for ${durationText(now - startedAt)}`;
    if (paused) return "paused";
    return `running${since}${health ? ` (${healthText(health, now)})` : ""}${monitored ? "" : ", monitor lost"}`;
  }
  const when = finishedAt === undefined ? "" : ` ${durationText(now - finishedAt)} ago`;
  if (nextRestart(replica, now)?.kind === "completed") return `completed${when}`;
  return `exited (${exitText({ code: exitCode ?? null, oomKilled })})${when}`;
}

/** What nobody has looked at for too long is told with its age. */
function healthText({ state, checkedAt, newsBy }: NonNullable<Replica["health"]>, now: number): string {
  if (now <= newsBy) return state;
  return checkedAt === undefined ? "not checked" : `${state} ${durationText(now - checkedAt)} ago`;
}

/** Which addresses it has on which network. */
export function networksOf({ networks }: Pick<Replica, "networks">): readonly object[] {
  return networks.map(({ network, interfaceName, addresses }) => ({
    name: network,
    interface: interfaceName,
    addresses,
  }));
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
