/** Keeps what is desired in step with a source, and shows each plan that comes of it. */
import { makePlan } from "../../agent/make-plan.ts";
import { readSource, type SourceReading } from "../../agent/read-source.ts";
import { whyMoved, type SavedPlan } from "../../agent/saved-plan.ts";
import { endOver, laidOver } from "../../agent/said.ts";
import { hasErrors, type Diagnostic } from "../../model/diagnostic.ts";
import { TallymanError } from "../../model/error.ts";
import type { Plan } from "../../reconcile/plan/plan.ts";
import { renderText } from "../../reconcile/plan/render-text.ts";
import type { Desired } from "../../reconcile/types.ts";
import type { RuntimeReader } from "../../runtime/types.ts";
import type { Source } from "../../source/types.ts";
import type { State } from "../../state/types.ts";
import { environment } from "../environment.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { diagnosticsText, errorText } from "../output/diagnostics.ts";
import { imageName } from "../output/image-name.ts";
import type { Terminal } from "../output/terminal.ts";

export interface FollowOptions {
  readonly source: Source;
  readonly runtime: RuntimeReader;
  readonly state: State;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly dataDir: string;
  /** What was rolled back is tried again. */
  readonly retry: boolean;
  readonly onChange: () => void;
  /** Carried out, or nothing: another plan is an error. */
  readonly only?: SavedPlan;
}

export interface Wish {
  /** The same object until it changes. */
  readonly desired: () => Desired;
  /** What the errors of the source, as it was last read, come to; `done` where it has none. */
  readonly complaint: () => ExitCode;
  /** Reads the source again, soon; calls that come while it is being read are one. */
  readonly refresh: () => void;
}

/** Reads the source once before it returns; throws where that gives nothing to go by. */
export async function followSource(options: FollowOptions): Promise<Wish> {
  const { state, terminal, signal } = options;
  let desired: Desired = { stacks: [], absent: [], complete: [] };
  let complaint: ExitCode = exitCode.done;
  let told = "";
  let timer: NodeJS.Timeout | undefined;

  const read = async (isFirst: boolean): Promise<void> => {
    const where = { environment: environment(), workingDirectory: process.cwd(), signal };
    const reading = keepWhatWasValid(await readSource(options.source, where), desired);
    const { dataDir, retry } = options;
    const said = await laidOver(reading.desired, {
      dataDir,
      state,
      now: Date.now(),
      retry: retry && isFirst,
    });
    endOver(said, dataDir);
    clearTimeout(timer);
    if (said.nextEnd !== undefined) timer = setTimeout(refresh, delayUntil(said.nextEnd)).unref();
    const memory = state.read();
    const planned = await makePlan(said.desired, {
      runtime: options.runtime,
      memory,
      askRegistries: options.only !== undefined,
      signal,
    });
    refuseOther(options.only, planned.plan);
    const diagnostics = [...reading.diagnostics, ...said.diagnostics, ...planned.diagnostics];
    const invalid = hasErrors(diagnostics);
    complaint = complaintOf(diagnostics);
    const text =
      diagnosticsText(diagnostics, terminal.paintErr) + (invalid ? `${whatGoesOn(reading)}\n` : "");
    if (text !== told) terminal.err(text);
    told = text;
    if (!isFirst && JSON.stringify(planned.desired) === JSON.stringify(desired)) return;
    desired = planned.desired;
    const isEmpty = planned.plan.operations.length + planned.plan.problems.length === 0;
    if (!isEmpty || (isFirst && !invalid)) {
      terminal.out(
        `${renderText(planned.plan, { specs: memory.specs, paint: terminal.paintOut, imageName })}\n\n`,
      );
    }
    options.onChange();
  };

  /** What is desired stays as it was until it can be read again. */
  const tellAndRetry = (error: unknown): void => {
    const text = errorText(error, terminal.paintErr);
    if (text !== told) terminal.err(text);
    told = text;
    clearTimeout(timer);
    if (!signal.aborted) timer = setTimeout(refresh, retryMs).unref();
  };
  let again = false;
  let reading = false;
  const readAgain = async (): Promise<void> => {
    again = true;
    if (reading) return;
    reading = true;
    while (again) {
      again = false;
      await read(false).catch(tellAndRetry);
    }
    reading = false;
  };
  const refresh = (): void => void readAgain();

  await read(true);
  return { desired: () => desired, complaint: () => complaint, refresh };
}

const retryMs = 10_000;

/** Timers go no further than 24 days, and who is woken too early looks and waits again. */
function delayUntil(time: number): number {
  return Math.min(Math.max(time - Date.now(), 0), 2 ** 31 - 1);
}

/** @throws TallymanError `PLAN_MOVED` */
function refuseOther(only: SavedPlan | undefined, plan: Plan): void {
  const moved = only === undefined ? undefined : whyMoved(only, plan);
  if (moved === undefined) return;
  throw new TallymanError("PLAN_MOVED", `this is not the plan any more: ${moved}`, {
    hint: "Nothing was changed. Make a new plan, read it, and apply that one.",
  });
}

/** A source that cannot be had is a failure; only what it holds can be wrong input. */
function complaintOf(diagnostics: readonly Diagnostic[]): ExitCode {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return exitCode.done;
  return errors.every(({ code }) => code === "source-away") ? exitCode.failed : exitCode.invalidInput;
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
