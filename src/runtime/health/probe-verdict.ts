/** What came of a probe, from what its conmon has left in its folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { ContainerLayout } from "../container/layout.ts";
import { LineAssembler } from "../log/assemble-lines.ts";
import { keptOutputBytes, type ProbeResult } from "./health.ts";

/** In the folder of a probe. */
export const probeFiles = { process: "process.json", tether: "sync", output: "output.log" } as const;

export type ProbeVerdict = Pick<ProbeResult, "outcome" | "exitCode" | "output">;

export function verdictOf({ probe: folder }: Pick<ContainerLayout, "probe">): ProbeVerdict {
  return parseVerdict(
    readIfThere(join(folder, probeFiles.tether), "utf8"),
    outputOf(readIfThere(join(folder, probeFiles.output), "latin1")),
  );
}

/** The pid of a process that has begun and, as far as conmon has said, not ended. */
export function begunIn({ probe: folder }: Pick<ContainerLayout, "probe">): number | undefined {
  const [begun, ended] = readIfThere(join(folder, probeFiles.tether), "utf8").split("\n").flatMap(lineOf);
  return begun === undefined || begun.data <= 0 || ended !== undefined ? undefined : begun.data;
}

/**
 * conmon says the pid of the process (below 1: there is none, with a reason), and then its exit code (below 0: it was
 * ended, with the reason). Pure.
 */
export function parseVerdict(answer: string, output: string): ProbeVerdict {
  const [begun, ended] = answer.split("\n").flatMap(lineOf);
  if (begun === undefined) return { outcome: "not-run", output: "conmon ended without a word" };
  if (begun.data <= 0) {
    const why = begun.message.trim();
    return isCommandAtFault(why) ? { outcome: "failed", output: why } : { outcome: "not-run", output: why };
  }
  if (ended === undefined) return { outcome: "not-run", output: "conmon was ended before the probe was" };
  if (ended.data < 0) return { outcome: "timed-out", output };
  return { outcome: ended.data === 0 ? "passed" : "failed", exitCode: ended.data, output };
}

/** What conmon's log format holds, cut to what is kept. Pure. */
export function outputOf(log: string): string {
  const assembler = new LineAssembler({ fromStart: true });
  const lines = [...assembler.push(log), ...assembler.end()];
  const bytes = Buffer.from(lines.map(({ text }) => text).join("\n"));
  // A character that the cut goes through is left out.
  return new TextDecoder().decode(bytes.subarray(0, keptOutputBytes), {
    stream: bytes.length > keptOutputBytes,
  });
}

/** In the words of runc and crun. */
function isCommandAtFault(message: string): boolean {
  return /exec.*(no such file or directory|not found|permission denied|exec format error)/i.test(message);
}

interface Line {
  readonly data: number;
  readonly message: string;
}

function lineOf(text: string): readonly Line[] {
  if (!text.endsWith("}")) return []; // not written to its end
  const line: unknown = JSON.parse(text);
  if (typeof line !== "object" || line === null || !("data" in line) || typeof line.data !== "number")
    return [];
  return [
    { data: line.data, message: "message" in line && typeof line.message === "string" ? line.message : "" },
  ];
}

function readIfThere(path: string, encoding: "utf8" | "latin1"): string {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
