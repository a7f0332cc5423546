/** What a plan waits for, in words. Pure. */
import { canariesOf } from "../step/canary.ts";
import type { Plan, PlannedWait } from "./plan.ts";

/** `web waits 10 s`; `web waits after 1 of 4 replicas until it is promoted`. */
export function waitText(
  { stack, service, kind, ms, holder }: PlannedWait,
  { stacks }: Pick<Plan, "stacks">,
): string {
  if (kind === "watch") return `all of it is then watched for ${spanText(ms ?? 0)}`;
  if (kind === "delay") return `${service} waits ${spanText(ms ?? 0)}`;
  if (kind === "port") return `${service} waits until stack ${holder} has left a port of it`;
  const desired = stacks.find((each) => each.stack.name === stack)?.stack;
  const found = desired?.services.find(({ name }) => name === service);
  const after = found === undefined ? "" : ` after ${canariesOf(found)} of ${found.replicas} replicas`;
  const until = ms === undefined ? "it is promoted" : `it promotes itself, in ${spanText(ms)}`;
  return `${service} waits${after} until ${until}`;
}

/** `10 s`, `90 s`, `10 min`, `2 h`: in the largest unit that it is so many of, above one. */
export function spanText(ms: number): string {
  const [of, unit] = units.find(([size]) => ms % size === 0 && ms > size) ?? [1_000, "s"];
  return `${Math.round((ms / of) * 10) / 10} ${unit}`;
}

const units: readonly (readonly [size: number, unit: string])[] = [
  [3_600_000, "h"],
  [60_000, "min"],
];
