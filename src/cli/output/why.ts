/** Why containers are as they are, for people and as a document. Pure. */
import type { Origin } from "../../agent/origin.ts";
import type { Replica } from "../../agent/replica.ts";
import { printableLine } from "../../model/printable.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import { changeText, placeText } from "../../reconcile/plan/change-text.ts";
import { timeText } from "../../reconcile/plan/hold-text.ts";
import { scheduleText } from "../../reconcile/plan/schedule-text.ts";
import type { RuntimeEvent } from "../../runtime/events/event.ts";
import { eventLine } from "./event.ts";
import { imageName } from "./image-name.ts";
import type { Paint } from "./paint.ts";
import { stateText } from "./replicas.ts";

export interface Explained {
  readonly replica: Replica;
  /** Absent for one that no stack made, or that a version made which did not say. */
  readonly origin?: Origin;
  /** In order of time. */
  readonly events: readonly RuntimeEvent[];
}

export interface WhyContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly paint: Paint;
}

export function whyText(explained: readonly Explained[], context: WhyContext): string {
  return explained.map((each) => `${linesOf(each, context).join("\n")}\n`).join("\n");
}

function linesOf({ replica, origin, events }: Explained, { now, paint }: WhyContext): readonly string[] {
  const row = (title: string, text: string): string => `  ${paint("quiet", title.padEnd(9))} ${text}`;
  const { reference, digest } = replica.image;
  return [
    `${paint("strong", replica.name)}  ${stateText(replica, now)}`,
    ...(origin === undefined
      ? [row("asked by", "nobody knows any more")]
      : [row("asked by", askedBy(origin))]),
    ...(origin === undefined
      ? []
      : becauseOf(origin).map((text, at) => row(at === 0 ? "because" : "", text))),
    ...runOf(replica, origin).map((text) => row("run of", text)),
    row("image", `${imageName(reference)}  ${paint("quiet", digest)}`),
    ...events.map((event, at) => row(at === 0 ? "then" : "", eventLine(event, paint))),
  ];
}

/** `30 3 * * * (Europe/Berlin), for 2026-01-31T02:30:00Z`; nothing for a replica. */
function runOf({ slot = 0 }: Replica, origin: Origin | undefined): readonly string[] {
  const dueAt = timeOfRun(slot);
  if (dueAt === undefined) return [];
  const schedule = origin?.schedule === undefined ? "a schedule" : scheduleText(origin.schedule);
  return [`${schedule}, for ${timeText(dueAt)}`];
}

function askedBy({ place, commit, revision }: Origin): string {
  const words = [
    ...(place === undefined ? [] : [placeText(place)]),
    ...(commit === undefined ? [] : [`commit ${commit.slice(0, 10)}`]),
    ...(revision === undefined ? [] : [`revision ${revision}`]),
  ];
  return words.join(", ") || "a stack";
}

function becauseOf({ event, reason, changes }: Origin): readonly string[] {
  const before = event === undefined ? [] : [printableLine(event)];
  if (changes.length === 0) return [...before, reason];
  const told = changes.map((change) => {
    const place = change.place === undefined ? "" : `  ${placeText(change.place)}`;
    return `${changeText(change)}${place}`;
  });
  return [...before, ...told];
}

/** Fields are only ever added; what is not known, or not so, is null. */
export function whyJson(explained: readonly Explained[]): string {
  const containers = explained.map(({ replica, origin, events }) => ({
    id: replica.id,
    name: replica.name,
    stack: replica.stack ?? null,
    service: replica.service ?? null,
    slot: replica.slot ?? null,
    image: replica.image.reference,
    digest: replica.image.digest,
    dueAt: dueAtOf(replica),
    origin: origin ?? null,
    events: events.map((event) => ({ time: new Date(event.time).toISOString(), kind: event.kind })),
  }));
  return `${JSON.stringify({ formatVersion: 1, containers }, null, 2)}\n`;
}

function dueAtOf({ slot = 0 }: Replica): string | null {
  const dueAt = timeOfRun(slot);
  return dueAt === undefined ? null : timeText(dueAt);
}
