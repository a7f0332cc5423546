/** What a person may want to do next, in words that can be copied. Pure. */
import type { Replica } from "../../agent/replica.ts";
import type { Desired } from "../../reconcile/types.ts";
import { bracketed } from "./published-ports.ts";
import { commandName } from "../command-name.ts";

/** A line for each published port that somebody answers, ready to be pasted. */
export function tryIt({ stacks }: Desired, replicas: readonly Replica[]): string {
  const lines = stacks.flatMap(({ stack }) =>
    stack.services.flatMap(({ name, ports }) => {
      const answers = replicas.some(
        (each) => each.stack === stack.name && each.service === name && each.state === "running",
      );
      return answers
        ? ports
            .filter(({ protocol }) => protocol === "tcp")
            .map(({ hostAddress, hostPort }) => `  curl http://${reachable(hostAddress)}:${hostPort}/`)
        : [];
    }),
  );
  return lines.length === 0 ? "" : `\nTry it:\n${lines.join("\n")}\n`;
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

function reachable(address: string): string {
  if (address === "::") return "[::1]";
  return address === "0.0.0.0" ? "127.0.0.1" : bracketed(address);
}
