/** A plan as a person reads it: by stack and service with the reasons, then the steps, then one line that sums it up. */
import type { SpecHash } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { printable } from "../../model/printable.ts";
import { containerName, type Operation } from "../operation.ts";
import { changeText, placeText } from "./change-text.ts";
import { isRoutine } from "./is-routine.ts";
import { nextRunText } from "./schedule-text.ts";
import type { OpenEnd, Plan, PlannedOperation, PlannedWait } from "./plan.ts";
import { replacementsIn } from "./replacement.ts";
import { saidLines } from "./said-text.ts";
import { volumesLine } from "./volume-text.ts";
import { spanText, waitText } from "./wait-text.ts";
import { count, summarize, type ServiceAction, type ServiceSummary } from "./summary.ts";

export type Tone = "added" | "changed" | "removed" | "quiet" | "strong" | "bad";

export interface RenderOptions {
  readonly specs: Readonly<Record<SpecHash, JsonObject>>;
  /** Colours a piece of text; as it is when absent. */
  readonly paint?: (tone: Tone, text: string) => string;
  /** How an image is called; by its reference when absent. */
  readonly imageName?: (reference: string) => string;
}

const symbols: Record<ServiceAction, readonly [symbol: string, tone: Tone]> = {
  create: ["+", "added"],
  replace: ["-/+", "changed"],
  restart: ["↻", "changed"],
  stop: ["■", "removed"],
  remove: ["-", "removed"],
};

export function renderText(plan: Plan, options: RenderOptions): string {
  const paint = options.paint ?? ((_tone, text) => text);
  const summaries = summarize(plan, options.specs);
  const names = new Set(
    [
      ...summaries,
      ...plan.operations.map(({ operation }) => operation),
      ...plan.problems,
      ...plan.openEnds,
      ...plan.schedules,
    ].map(({ stack }) => stack),
  );
  const lines = [...names].sort().flatMap((name) => {
    const desired = plan.stacks.find(({ stack }) => stack.name === name);
    const origin =
      desired?.commit === undefined ? "" : paint("quiet", `  commit ${desired.commit.slice(0, 10)}`);
    return [
      `${paint("strong", `Stack ${name}`)}${origin}`,
      ...saidLines(desired).map((line) => paint("changed", `  ${line}`)),
      ...summaries.filter(({ stack }) => stack === name).flatMap((summary) => serviceLines(summary, paint)),
      ...scheduleLines(plan, name),
      ...stepLines(plan, name, { ...options, paint }),
      ...openEndLines(plan, name).map((line) => paint("changed", line)),
      ...[volumesLine(plan, name) ?? []].flat().map((line) => paint("quiet", `  ${line}`)),
      ...plan.problems
        .filter(({ stack }) => stack === name)
        .flatMap(({ message, hint }) => [
          paint("bad", `  ! ${printable(message)}`),
          ...(hint === undefined ? [] : [`    ${printable(hint)}`]),
        ]),
      "",
    ];
  });
  return [...lines, totals(plan, summaries, paint)].join("\n");
}

function scheduleLines({ schedules }: Plan, name: string): readonly string[] {
  return schedules
    .filter(({ stack }) => stack === name)
    .map((each) => `    ${each.service} runs by itself: ${nextRunText(each)}`);
}

/** Where not even a world in which everything succeeds brings it further. */
function openEndLines({ openEnds }: Plan, name: string): readonly string[] {
  return openEnds.filter(({ stack }) => stack === name).map((end) => `  ${openEndText(end)}`);
}

export function openEndText({ services }: OpenEnd): string {
  return `Goes no further than this before it is ready: ${services.join(", ") || "the stack"}`;
}

type Paint = NonNullable<RenderOptions["paint"]>;

function serviceLines(
  { action, service, slots, reason, changes }: ServiceSummary,
  paint: Paint,
): readonly string[] {
  const [symbol, tone] = symbols[action];
  const replicas = `${slots.length} ${slots.length === 1 ? "replica" : "replicas"}`;
  const why = changes.length > 0 ? "" : `, ${reason}`;
  return [
    `  ${paint(tone, `${symbol.padStart(3)} ${service}`)}  ${replicas}${why}`,
    ...changes.map((change) => {
      const place = change.place === undefined ? "" : paint("quiet", `  ${placeText(change.place)}`);
      return `        ${changeText(change)}${place}`;
    }),
  ];
}

function stepLines(
  plan: Plan,
  stack: string,
  options: RenderOptions & { readonly paint: Paint },
): readonly string[] {
  const { paint, imageName = (reference: string): string => reference } = options;
  const steps = plan.operations.filter(({ operation }) => operation.stack === stack);
  const replaces = replacementsIn(plan);
  const isWait = ({ stack: of }: PlannedWait): boolean => of === stack;
  const waits = plan.waits.filter(isWait);
  const waitLines = (from: number, to: number): readonly string[] =>
    waits
      .filter(({ after }) => from <= after && after <= to)
      .map((wait) => paint("quiet", `           ${waitText(wait, plan)}`));
  const lines = groupSteps(steps, waits).flatMap((group) => {
    const [first] = group;
    const last = group.at(-1) ?? first;
    const number = first.number === last.number ? `${first.number}` : `${first.number}-${last.number}`;
    const members = new Set(group.map((each) => each.number));
    const after = [...new Set(group.flatMap((each) => each.after))].filter((each) => !members.has(each));
    const order = after.length > 0 ? `after ${numberText(after.sort((a, b) => a - b))}` : "";
    const tail = [order.padEnd(9), ...notesOf(last)].join("  ").trimEnd();
    const what = `${first.operation.kind.padEnd(14)} ${subjects(group, { imageName, replaces }).padEnd(30)}`;
    const line = `  ${paint("quiet", number.padStart(7))}  ${what} ${paint("quiet", tail)}`.trimEnd();
    return [line, ...waitLines(first.number, last.number)];
  });
  return [...waitLines(0, 0), ...lines];
}

/** What is to be known once it is done, or while it is. */
function notesOf({ operation, ready }: PlannedOperation): readonly string[] {
  const drainMs = operation.kind === "stop" ? operation.drainMs : undefined;
  return [
    ...(ready === undefined ? [] : [readyText(ready)]),
    ...(drainMs === undefined ? [] : [`drains at most ${spanText(drainMs)}`]),
  ];
}

function readyText({ count: now, of }: NonNullable<PlannedOperation["ready"]>): string {
  return now > of ? `→ ${now} ready` : `→ ${now} of ${of} ready`;
}

/** `1, 4, 7-12`. */
function numberText(numbers: readonly number[]): string {
  const rows: (readonly [first: number, last: number])[] = [];
  for (const number of numbers) {
    const [first, last] = rows.at(-1) ?? [];
    if (first !== undefined && last === number - 1) rows.splice(-1, 1, [first, number]);
    else rows.push([number, number]);
  }
  const parts = rows.flatMap(([first, last]) =>
    last - first > 1 ? [`${first}-${last}`] : [...new Set([first, last])].map(String),
  );
  const shown = parts.slice(0, 6).join(", ");
  return parts.length > 6 ? `${shown} and ${parts.length - 6} more` : shown;
}

type Group = readonly [PlannedOperation, ...PlannedOperation[]];

/** Neighbours of one kind and one service are one line. */
function groupSteps(steps: readonly PlannedOperation[], waits: readonly PlannedWait[]): readonly Group[] {
  const groups: [PlannedOperation, ...PlannedOperation[]][] = [];
  for (const each of steps) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    const isWaited = waits.some(({ after }) => after === before?.number);
    if (before !== undefined && !isWaited && isSameGroup(before, each)) group?.push(each);
    else groups.push([each]);
  }
  return groups;
}

function isSameGroup(a: PlannedOperation, b: PlannedOperation): boolean {
  if (!("container" in a.operation) || !("container" in b.operation)) return false;
  return (
    a.operation.kind === b.operation.kind &&
    a.operation.cause.kind === b.operation.cause.kind &&
    a.operation.container.service === b.operation.container.service &&
    a.number + 1 === b.number
  );
}

function subjects(
  group: Group,
  {
    imageName,
    replaces,
  }: {
    readonly imageName: (reference: string) => string;
    readonly replaces: (operation: Operation) => boolean;
  },
): string {
  const [{ operation }] = group;
  if (operation.kind === "pull") return imageName(operation.reference);
  if (operation.kind === "create-volume") return operation.volume;
  if (operation.kind === "create-network" || operation.kind === "remove-network")
    return operation.network.name;
  const name = containerName(operation.stack, operation.container);
  const slots = group.flatMap((each) =>
    "container" in each.operation ? [each.operation.container.slot] : [],
  );
  return `${name}${otherSlots(slots)}${isEnd(operation) && replaces(operation) ? " (old)" : ""}`;
}

/** A row as its last one; what has holes one by one. */
function otherSlots([first = 0, ...others]: readonly number[]): string {
  const last = others.at(-1) ?? first;
  if (last === first) return "";
  const isRow = others.every((slot, index) => Math.abs(slot - first) === index + 1);
  return isRow ? ` … ${last}` : others.map((slot) => `, ${slot}`).join("");
}

function isEnd({ kind }: Operation): boolean {
  return kind === "leave" || kind === "stop" || kind === "remove";
}

/** `Plan e35019de49a5: 0 to create, 2 to replace, 0 to remove. Downtime: none.` */
export function totals(
  plan: Plan,
  summaries: readonly ServiceSummary[],
  paint: Paint = (_tone, text): string => text,
): string {
  if (plan.operations.length === 0) {
    if (plan.problems.length > 0) return "Nothing can be done.";
    const isBack = plan.stacks.some(({ back }) => back !== undefined);
    return `Nothing to do: what runs is what ${isBack ? "was asked for" : "the files ask for"}.`;
  }
  const counts = count(summaries);
  const parts = [
    `${counts.create} to create`,
    `${counts.replace} to replace`,
    ...(counts.restart > 0 ? [`${counts.restart} to restart`] : []),
    ...(counts.stop > 0 ? [`${counts.stop} to stop`] : []),
    `${counts.remove} to remove`,
    ...(plan.operations.every(({ operation }) => isRoutine(operation)) ? ["all of it by schedule"] : []),
  ];
  return `${paint("strong", `Plan ${plan.id}:`)} ${parts.join(", ")}. ${downtimeText(plan)}${heldText(plan)}`;
}

/** `Downtime: api, db (it has neither ports nor a healthcheck), web (its order is stop-first).` */
function downtimeText({ downtime }: Plan): string {
  const byReason = Map.groupBy(downtime, ({ reason }) => reason);
  const parts = [...byReason].map(
    ([reason, services]) => `${services.map(({ service }) => service).join(", ")} (${printable(reason)})`,
  );
  return `Downtime: ${parts.join(", ") || "none"}.`;
}

/** Stacks of which not all of this is done now. */
function heldText({ stacks, operations }: Plan): string {
  const held = stacks
    .filter(({ stack }) => operations.some(({ operation }) => operation.stack === stack.name))
    .flatMap(({ stack, suspended, paused }) => {
      const word = suspended ? "suspended" : paused && "paused";
      return word === undefined ? [] : [`${stack.name} (${word})`];
    });
  return held.length === 0 ? "" : ` Held back: ${held.join(", ")}.`;
}
