/** What a person may want to do next, in words that can be copied. Pure. */
import type { Replica } from "../../agent/replica.ts";
import type { Route } from "../../model/route.ts";
import { commandName } from "../command-name.ts";
import { bracketed, publishedPorts } from "./published-ports.ts";

/** A line for each published port that somebody answers, ready to be pasted. */
export function tryIt(
  replicas: readonly Pick<Replica, "id" | "state" | "ports">[],
  routes: readonly Route[],
): string {
  const ports = replicas
    .filter(({ state }) => state === "running")
    .flatMap((each) => publishedPorts(each, routes))
    .filter(({ protocol }) => protocol === "tcp");
  const lines = ports.map(
    ({ hostAddress, hostPort }) => `  curl http://${reachable(hostAddress)}:${hostPort}/\n`,
  );
  return lines.length === 0 ? "" : `\nTry it:\n${[...new Set(lines)].join("")}`;
}

export function watching({ git, file }: { readonly git?: string; readonly file: readonly string[] }): string {
  const where = git === undefined ? (file.length > 0 ? file.join(", ") : "this folder") : "the repository";
  return `\nWatching ${where} for changes. Ctrl-C ends the watching; the containers go on.\n\n`;
}

export function farewell(names: readonly string[]): string {
  const remove = names.map((name) => `  ${commandName()} down ${name}`);
  return [
    "",
    "The watching has ended; the containers go on. To see them, and to remove them:",
    `  ${commandName()} ps`,
    ...remove,
    "",
  ].join("\n");
}

/** While a command that was interrupted waits for what is under way. */
export const endsAtOnce = "Another Ctrl-C ends it at once; the next run goes on from there.\n";

function reachable(address: string): string {
  if (address === "::") return "[::1]";
  return address === "0.0.0.0" ? "127.0.0.1" : bracketed(address);
}
