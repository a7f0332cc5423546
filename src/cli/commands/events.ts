/** `events`: what happened to containers and images, from the journal. Takes no lock. */
import { eventFilter } from "../../agent/event-filter.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { eventJson, eventText } from "../output/event.ts";
import type { CommandContext } from "./context.ts";

export interface EventsOptions {
  readonly names: readonly string[];
  readonly follow: boolean;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  readonly filter: readonly string[];
  readonly format: "table" | "json";
}

export async function events(
  options: EventsOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const { names, filter, format, follow, since, until } = options;
  const isWanted = eventFilter({ names, filters: filter });
  const runtime = openReader(directories(process.env));
  const range = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  for await (const event of runtime.events({ ...range, follow, signal })) {
    if (!isWanted(event)) continue;
    terminal.out(format === "json" ? eventJson(event) : eventText(event, terminal.paintOut));
  }
  return exitCode.done;
}
