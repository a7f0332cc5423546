/** A plan for a comment on a change: what happens to each service and why, and the steps for who unfolds them. Pure. */
import { printable } from "../../model/printable.ts";
import { changeText, placeText } from "./change-text.ts";
import type { Plan } from "./plan.ts";
import { renderText, totals, type RenderOptions } from "./render-text.ts";
import { nextRunText } from "./schedule-text.ts";
import { summarize, type PlacedChange, type ServiceSummary } from "./summary.ts";

export function renderMarkdown(plan: Plan, options: Omit<RenderOptions, "paint">): string {
  const services = summarize(plan, options.specs);
  const parts = [
    `**${totals(plan, services)}**`,
    ...(services.length === 0 ? [] : [serviceTable(services)]),
    ...(plan.schedules.length === 0 ? [] : [scheduleList(plan)]),
    ...plan.problems.map(({ stack, message }) => `:warning: ${code(stack)}: ${code(printable(message))}`),
    ...(plan.operations.length === 0 ? [] : [steps(plan, options)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function serviceTable(services: readonly ServiceSummary[]): string {
  const rows = services.map(({ stack, service, action, slots, reason, changes }) => {
    const why = changes.length === 0 ? reason : changes.map(changeCell).join("<br>");
    return `| ${action} | ${code(`${stack}/${service}`)} | ${slots.length} | ${why} |`;
  });
  return ["| | service | replicas | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function changeCell(change: PlacedChange): string {
  return code(changeText(change)) + (change.place === undefined ? "" : ` ${code(placeText(change.place))}`);
}

function scheduleList({ schedules }: Plan): string {
  return schedules
    .map((each) => `- ${code(`${each.stack}/${each.service}`)} runs by itself: ${code(nextRunText(each))}`)
    .join("\n");
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
