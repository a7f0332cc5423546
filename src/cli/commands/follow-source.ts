/** Keeps what is desired in step with a source, and shows each plan that comes of it. */
import { makePlan } from "../../agent/make-plan.ts";
import { readSource, type SourceReading } from "../../agent/read-source.ts";
import { hasErrors } from "../../model/diagnostic.ts";
import { renderText } from "../../reconcile/render-text.ts";
import type { Desired } from "../../reconcile/types.ts";
import type { RuntimeReader } from "../../runtime/types.ts";
import type { Source } from "../../source/types.ts";
import type { State } from "../../state/types.ts";
import { environment } from "../environment.ts";
import { diagnosticsText, errorText } from "../output/diagnostics.ts";
import type { Terminal } from "../output/terminal.ts";

export interface FollowOptions {
  readonly source: Source;
  readonly runtime: RuntimeReader;
  readonly state: State;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

export interface Wish {
  /** The same object until it changes. */
  readonly desired: () => Desired;
  /** Whether the source, as it was last read, has errors. */
  readonly isInvalid: () => boolean;
  /** Reads the source again, soon; calls that come while it is being read are one. */
  readonly refresh: () => void;
}

/** Reads the source once before it returns; throws where that gives nothing to go by. */
export async function followSource(options: FollowOptions): Promise<Wish> {
  const { state, terminal, signal } = options;
  let desired: Desired = { stacks: [], absent: [], complete: [] };
  let invalid = false;
  let said = "";

  const read = async (isFirst: boolean): Promise<void> => {
    const where = { environment: environment(), workingDirectory: process.cwd(), signal };
    const reading = keepWhatWasValid(await readSource(options.source, where), desired);
    const memory = state.read();
    const planned = await makePlan(reading.desired, {
      runtime: options.runtime,
      memory,
      askRegistries: false,
      signal,
    });
    const diagnostics = [...reading.diagnostics, ...planned.diagnostics];
    invalid = hasErrors(diagnostics);
    const text =
      diagnosticsText(diagnostics, terminal.paintErr) + (invalid ? `${whatGoesOn(reading)}\n` : "");
    if (text !== said) terminal.err(text);
    said = text;
    if (!isFirst && JSON.stringify(planned.desired) === JSON.stringify(desired)) return;
    desired = planned.desired;
    const isEmpty = planned.plan.operations.length + planned.plan.problems.length === 0;
    if (!isEmpty || (isFirst && !invalid)) {
      terminal.out(`${renderText(planned.plan, { specs: memory.specs, paint: terminal.paintOut })}\n\n`);
    }
    options.onChange();
  };

  let again = false;
  let reading = false;
  const refresh = async (): Promise<void> => {
    again = true;
    if (reading) return;
    reading = true;
    while (again) {
      again = false;
      await read(false).catch((error: unknown) => terminal.err(errorText(error, terminal.paintErr)));
    }
    reading = false;
  };

  await read(true);
  return { desired: () => desired, isInvalid: () => invalid, refresh: () => void refresh() };
}

/** A stack whose file has become invalid goes on as it was. */
function keepWhatWasValid(reading: SourceReading, before: Desired): SourceReading {
  if (!hasErrors(reading.diagnostics) || reading.fellBackTo !== undefined) return reading;
  const names = new Set(reading.desired.stacks.map(({ stack }) => stack.name));
  const kept = before.stacks.filter(({ stack }) => !names.has(stack.name));
  return { ...reading, desired: { ...reading.desired, stacks: [...reading.desired.stacks, ...kept] } };
}

function whatGoesOn({ fellBackTo }: SourceReading): string {
  return fellBackTo === undefined
    ? "Stacks with errors stay as they are until their files are mended."
    : `Commit ${fellBackTo.slice(0, 10)}, the last good one, goes on.`;
}
