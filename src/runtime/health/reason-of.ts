/** In a few words, what a probe has found: nothing of what a command has printed. Pure. */
import { printableLine } from "../../model/printable.ts";
import type { CheckKind } from "./checks.ts";
import type { ProbeResult } from "./health.ts";

const longestReason = 200;

export function reasonOf({
  kind,
  result,
}: {
  readonly kind: CheckKind;
  readonly result: ProbeResult;
}): string {
  return `${kind}: ${wordsOf(result)}`;
}

function wordsOf({ outcome, exitCode, output }: ProbeResult): string {
  if (outcome === "timed-out") return "it took too long";
  if (exitCode !== undefined) return `exit code ${exitCode}`;
  const [line = ""] = output.split("\n");
  return printableLine(line).slice(0, longestReason);
}
