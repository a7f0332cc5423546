/** A plan for a comment on a change: what happens to each service and why, and the steps for who unfolds them. Pure. */
import { printable } from "../../model/printable.ts";
import { changeText, placeText } from "./change-text.ts";
import type { Plan } from "./plan.ts";
import { openEndText, renderText, totals, type RenderOptions } from "./render-text.ts";
import { saidLines } from "./said-text.ts";
import { nextRunText } from "./schedule-text.ts";
import { summarize, type PlacedChange, type ServiceSummary } from "./summary.ts";
import { volumesLine } from "./volume-text.ts";
import { waitText } from "./wait-text.ts";

export function renderMarkdown(plan: Plan, options: Omit<RenderOptions, "paint">): string {
  const services = summarize(plan, options.specs);
  const parts = [
    `**${totals(plan, services)}**`,
    ...plan.stacks.flatMap((each) =>
      saidLines(each).map((line) => `:raised_hand: ${code(each.stack.name)}: ${code(line)}`),
    ),
    ...(services.length === 0 ? [] : [serviceTable(services, plan)]),
    ...[[...waitItems(plan), ...volumeItems(plan), ...scheduleItems(plan)].join("\n")].filter(
      (list) => list !== "",
    ),
    ...plan.openEnds.map((end) => `:warning: ${code(end.stack)}: ${code(openEndText(end))}`),
    ...plan.problems.map(({ stack, message }) => `:warning: ${code(stack)}: ${code(printable(message))}`),
    ...(plan.operations.length === 0 ? [] : [steps(plan, options)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function serviceTable(services: readonly ServiceSummary[], plan: Plan): string {
  const rows = services.map((each) => {
    const { stack, service, action, slots, reason, changes } = each;
    const why = changes.length === 0 ? reason : changes.map(changeCell).join("<br>");
    const what = `${action} | ${code(`${stack}/${service}`)} | ${slots.length}`;
    return `| ${what} | ${leastReady(each, plan)} | ${why} |`;
  });
  return [
    "| | service | replicas | ready, at least | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** How many replicas of what is there already serve all the time. */
function leastReady({ stack, service, action }: ServiceSummary, { operations }: Plan): string {
  if (action !== "replace" && action !== "restart") return "";
  const points = operations.flatMap(({ operation, ready }) =>
    ready && "container" in operation && operation.stack === stack && operation.container.service === service
      ? [ready]
      : [],
  );
  const [first] = points;
  if (first === undefined) return "";
  return `${Math.min(first.of, ...points.flatMap(({ before, count }) => [before, count]))} of ${first.of}`;
}

function changeCell(change: PlacedChange): string {
  return code(changeText(change)) + (change.place === undefined ? "" : ` ${code(placeText(change.place))}`);
}

/** The same wait again and again is one. */
function waitItems(plan: Plan): readonly string[] {
  const byText = Map.groupBy(plan.waits, (wait) => `${code(wait.stack)}: ${code(waitText(wait, plan))}`);
  return [...byText].map(([text, { length }]) => `- ${text}${length > 1 ? `, ${length} times` : ""}`);
}

function volumeItems(plan: Plan): readonly string[] {
  return plan.stacks.flatMap(({ stack: { name } }) => {
    const line = volumesLine(plan, name);
    return line === undefined ? [] : [`- ${code(name)}: ${code(line)}`];
  });
}

function scheduleItems({ schedules }: Plan): readonly string[] {
  return schedules.map(
    (each) => `- ${code(`${each.stack}/${each.service}`)} runs by itself: ${code(nextRunText(each))}`,
  );
}

function steps(plan: Plan, options: Omit<RenderOptions, "paint">): string {
  const text = renderText(plan, options);
  const fence = "`".repeat(Math.max(3, longestTicks(text) + 1));
  const count = `${plan.operations.length} ${plan.operations.length === 1 ? "step" : "steps"}`;
  return `<details><summary>${count}</summary>\n\n${fence}text\n${text}\n${fence}\n\n</details>`;
}

/** As code, whatever it holds, also in a cell of a table (GFM, sections 4.10 and 6.1). */
function code(text: string): string {
  const ticks = "`".repeat(longestTicks(text) + 1);
  const inner = text.replaceAll("|", String.raw`\|`).replaceAll("\n", " ");
  const space = /^`|`$/.test(text) ? " " : "";
  return `${ticks}${space}${inner}${space}${ticks}`;
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
