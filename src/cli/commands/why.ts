/** `why`: what made a container what it is: the commit, the line, the image and what happened to it. Takes no lock. */
import { originIn } from "../../agent/labels.ts";
import { replicasOf } from "../../agent/replica.ts";
import { selectReplicas } from "../../agent/select.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { RuntimeEvent } from "../../runtime/events/event.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { whyJson, whyText, type Explained } from "../output/why.ts";
import type { CommandContext } from "./context.ts";

export interface WhyOptions {
  /** Stacks, services (`stack/service`), containers or ids. */
  readonly names: readonly string[];
  readonly format: "table" | "json";
}

/** So many of what happened to a container last. */
const lastEvents = 10;

export async function why(
  { names, format }: WhyOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  const replicas = selectReplicas(replicasOf(await runtime.list()), names);
  const events = new Map<string, RuntimeEvent[]>(replicas.map(({ id }) => [id, []]));
  for await (const event of runtime.events({ follow: false, signal })) {
    if ("container" in event) events.get(event.container.id)?.push(event);
  }
  const explained = replicas.map((replica): Explained => {
    const origin = originIn(replica);
    return { replica, events: (events.get(replica.id) ?? []).slice(-lastEvents), ...(origin && { origin }) };
  });
  terminal.out(
    format === "json"
      ? whyJson(explained)
      : whyText(explained, { now: Date.now(), paint: terminal.paintOut }),
  );
  return exitCode.done;
}
