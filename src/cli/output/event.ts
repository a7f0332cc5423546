/** An event as a line for people, and as a document a line for programs. Pure. */
import { membershipOf, serviceOf } from "../../agent/labels.ts";
import type { RolloutHappening, RuntimeEvent, WordHappening } from "../../runtime/events/event.ts";
import { printableLine } from "../../model/printable.ts";
import { exitText } from "./exit.ts";
import { imageName } from "./image-name.ts";
import type { Paint } from "./paint.ts";

const kindWidth = "limit-lowered".length;

/** `2026-01-31T12:00:00.000Z  die  hello-web-1  exit code 1`. */
export function eventText(event: RuntimeEvent, paint: Paint): string {
  return `${wordsOf(event, paint, [subjectOf(event)])}\n`;
}

function subjectOf(event: RuntimeEvent): string {
  if ("container" in event) return event.container.name;
  return "image" in event ? imageName(event.image) : printableLine(event.subject);
}

/** The same where it is said already what it happened to, without the end of the line. */
export function eventLine(event: RuntimeEvent, paint: Paint): string {
  return wordsOf(event, paint, []);
}

function wordsOf(event: RuntimeEvent, paint: Paint, subject: readonly string[]): string {
  const detail = detailText(event);
  const kind = event.kind.padEnd(kindWidth);
  const words = [
    paint("quiet", new Date(event.time).toISOString()),
    isBad(event) ? paint("bad", kind) : kind,
  ];
  return [...words, ...subject, ...(detail === undefined ? [] : [detail])].join("  ").trimEnd();
}

/** Fields are only ever added. */
export function eventJson(event: RuntimeEvent): string {
  const time = new Date(event.time).toISOString();
  if (!("container" in event)) return `${JSON.stringify({ ...event, time })}\n`;
  const { container, ...details } = event;
  const { stack = null, service = null } = serviceOf(container) ?? {};
  const slot = membershipOf(container)?.slot ?? null;
  const { id, name, image } = container;
  const subject = { container: id, name, stack, service, slot, image };
  return `${JSON.stringify({ ...details, time, ...subject })}\n`;
}

function isBad(event: RuntimeEvent): boolean {
  return (
    event.kind === "oom" ||
    event.kind === "monitor-lost" ||
    event.kind === "rollout-held" ||
    event.kind === "rollout-going-back" ||
    event.kind === "run-delayed" ||
    event.kind === "run-expired" ||
    (event.kind === "die" && event.exitCode !== 0) ||
    (event.kind === "health_status" && (event.status === "unhealthy" || event.status === "unready"))
  );
}

function detailText(event: RuntimeEvent): string | undefined {
  switch (event.kind) {
    case "create":
      return imageName(event.container.image);
    case "restart":
      return `restart ${event.restarts}`;
    case "kill":
      return `signal ${event.signal}`;
    case "oom":
      return "the kernel killed a process of it for want of memory";
    case "die":
      return `exit code ${exitText({ code: event.exitCode, oomKilled: event.oomKilled })}`;
    case "exec_start":
      return printableLine(event.command);
    case "exec_die":
      return `exit code ${exitText({ code: event.exitCode, oomKilled: false })}: ${printableLine(event.command)}`;
    case "health_status":
      return event.reason === undefined ? event.status : `${event.status} (${printableLine(event.reason)})`;
    case "monitor-lost":
      return "conmon died; its exit code will not be known";
    case "limit-lowered":
      return `${event.limit} is ${limitText(event.given)}, not ${limitText(event.wanted)}`;
    case "pull":
    case "load":
      return event.digest;
    case "suspend":
    case "resume":
    case "rollout-pause":
    case "rollout-resume":
    case "stop-asked":
    case "start-asked":
    case "restart-asked":
    case "rollback":
    case "rollback-over":
    case "rollout-promote":
      return wordText(event);
    case "rollout-begun":
    case "rollout-done":
    case "rollout-held":
    case "rollout-going-back":
    case "rollout-rolled-back":
      return rolloutText(event);
    case "run-left-out":
    case "run-delayed":
    case "run-expired":
      return printableLine(`run of ${event.run}: ${event.detail}`);
    case "start":
    case "stop":
    case "pause":
    case "unpause":
    case "remove":
    case "image-remove":
      return undefined;
  }
}

/** `by alice: the database is moved`. */
function wordText({ by, detail }: WordHappening): string {
  const who = by === undefined ? "by itself" : `by ${by}`;
  return printableLine(detail === undefined ? who : `${who}: ${detail}`);
}

/** `revision 0123456789ab (8a2f31c0d1), to ba9876543210: shop-web-1 is unhealthy`. */
function rolloutText({ revision, commit, to, reason }: RolloutHappening): string {
  const name = commit === undefined ? revision : `${revision} (${commit.slice(0, 10)})`;
  const back = to === undefined ? "" : `, to ${to}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  return printableLine(`revision ${name}${back}${why}`);
}

const limitText = (limit: number): string => (limit === -1 ? "unlimited" : `${limit}`);
