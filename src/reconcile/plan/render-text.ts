/** A plan as a person reads it: by stack and service with the reasons, then the steps, then one line that sums it up. */
import type { SpecHash } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { printable } from "../../model/printable.ts";
import { containerName, type Operation } from "../operation.ts";
import type { DesiredStack } from "../types.ts";
import { canariesOf, isPromoted } from "../step/canary.ts";
import { policyOf } from "../step/update-policy.ts";
import { changeText, placeText } from "./change-text.ts";
import { holdText } from "./hold-text.ts";
import { isRoutine } from "./is-routine.ts";
import { nextRunText } from "./schedule-text.ts";
import { keptName } from "./outcome-text.ts";
import type { Plan, PlannedOperation } from "./plan.ts";
import { replacementsIn } from "./replacement.ts";
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
      ...heldLines(desired).map((line) => paint("changed", line)),
      ...summaries.filter(({ stack }) => stack === name).flatMap((summary) => serviceLines(summary, paint)),
      ...canaryLines(desired, summaries),
      ...scheduleLines(plan, name),
      ...stepLines(plan, name, { ...options, paint }),
      ...openEndLines(plan, name).map((line) => paint("changed", line)),
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

function heldLines({ suspended, paused, back }: Partial<DesiredStack> = {}): readonly string[] {
  const sent = back ? [`  Sent back to ${keptName(back.to)} ${printable(holdText(back))}`] : [];
  if (suspended) return [...sent, `  Not done while it is suspended ${printable(holdText(suspended))}`];
  return paused ? [...sent, `  Goes no further while it is paused ${printable(holdText(paused))}`] : sent;
}

function scheduleLines({ schedules }: Plan, name: string): readonly string[] {
  return schedules
    .filter(({ stack }) => stack === name)
    .map((each) => `    ${each.service} runs by itself: ${nextRunText(each)}`);
}

/** Where an update waits for somebody. */
function canaryLines(
  desired: DesiredStack | undefined,
  summaries: readonly ServiceSummary[],
): readonly string[] {
  if (desired === undefined) return [];
  return desired.stack.services
    .filter(({ name }) => !isPromoted(desired, name))
    .filter((service) => canariesOf(service) > 0)
    .filter(({ name }) =>
      summaries.some(
        (each) => each.stack === desired.stack.name && each.service === name && each.action === "replace",
      ),
    )
    .map((service) => {
      const { autoPromoteMs } = policyOf(service);
      const until = autoPromoteMs === undefined ? "until it is promoted" : "until it promotes itself";
      return `    ${service.name} waits after ${canariesOf(service)} of ${service.replicas} replicas ${until}`;
    });
}

/** Where not even a world in which everything succeeds brings it further. */
function openEndLines({ openEnds }: Plan, name: string): readonly string[] {
  return openEnds
    .filter(({ stack }) => stack === name)
    .map(
      ({ services }) =>
        `  Goes no further than this before it is ready: ${services.join(", ") || "the stack"}`,
    );
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
  return groupSteps(steps).map((group) => {
    const [first] = group;
    const last = group.at(-1) ?? first;
    const number = first.number === last.number ? `${first.number}` : `${first.number}-${last.number}`;
    const members = new Set(group.map((each) => each.number));
    const after = [...new Set(group.flatMap((each) => each.after))].filter((each) => !members.has(each));
    const order = after.length > 0 ? `after ${numberText(after.sort((a, b) => a - b))}` : "";
    const what = `${first.operation.kind.padEnd(14)} ${subjects(group, { imageName, replaces }).padEnd(30)}`;
    return `  ${paint("quiet", number.padStart(7))}  ${what} ${paint("quiet", order)}`.trimEnd();
  });
}

function numberText(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 6).join(", ");
  return numbers.length > 6 ? `${shown} and ${numbers.length - 6} more` : shown;
}

type Group = readonly [PlannedOperation, ...PlannedOperation[]];

/** Neighbours of one kind and one service are one line. */
function groupSteps(steps: readonly PlannedOperation[]): readonly Group[] {
  const groups: [PlannedOperation, ...PlannedOperation[]][] = [];
  for (const each of steps) {
    const group = groups.at(-1);
    const before = group?.at(-1);
    if (before !== undefined && isSameGroup(before, each)) group?.push(each);
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
  const downtime = plan.downtime.map(({ service }) => service);
  const outage =
    downtime.length === 0
      ? "Downtime: none."
      : `Downtime: ${downtime.join(", ")}, while the last running replica is replaced.`;
  return `${paint("strong", `Plan ${plan.id}:`)} ${parts.join(", ")}. ${outage}`;
}
