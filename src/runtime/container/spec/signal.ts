/** Signals by name or number, with the real-time ones, which Node does not name. */
import { constants } from "node:os";
import { TallymanError } from "../../../model/error.ts";

const realTime: Readonly<Record<string, number>> = { RTMIN: 34, RTMAX: 64 };

/** `SIGTERM`, `term`, `15`, `RTMIN+3`, `RTMAX-1` -> its number. */
export function signalNumber(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, "");
  const number = /^\d+$/.test(name) ? Number(name) : (named(name) ?? offset(name));
  if (number !== undefined && number >= 1 && number <= 64) return number;
  throw new TallymanError("UNKNOWN_SIGNAL", `there is no signal ${JSON.stringify(text)}`, {
    hint: "Use a name such as SIGTERM, a number from 1 to 64, or SIGRTMIN+n.",
  });
}

function named(name: string): number | undefined {
  const signals: Readonly<Partial<Record<string, number>>> = constants.signals;
  return signals[`SIG${name}`];
}

function offset(name: string): number | undefined {
  const match = /^(RTMIN|RTMAX)([+-]\d+)?$/.exec(name);
  const base = realTime[match?.[1] ?? ""];
  const number = base === undefined ? undefined : base + Number(match?.[2] ?? 0);
  return number !== undefined && number >= 34 && number <= 64 ? number : undefined;
}
