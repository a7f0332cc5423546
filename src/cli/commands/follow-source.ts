/** Keeps what is desired in step with a source, and shows each plan that comes of it. */
import { makePlan } from "../../agent/make-plan.ts";
import { readSource, type SourceReading } from "../../agent/read-source.ts";
import { whyMoved, type SavedPlan } from "../../agent/saved-plan.ts";
import { endOver, laidOver, type Said } from "../../agent/said.ts";
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

export interface Wish extends AsyncDisposable {
  /** The same object until it changes. */
  readonly desired: () => Desired;
  /** What the errors of the source, as it was last read, come to; `done` where it has none. */
  readonly complaint: () => ExitCode;
  /** Reads the source again, soon, and what was said by hand; calls that come while it is being read are one. */
  readonly refresh: () => void;
  /** Reads again what was said by hand, and that alone: the files are as they were. */
  readonly hear: () => void;
}

type Part = "files" | "words";

/** Reads the source once before it returns; throws where that gives nothing to go by. */
export async function followSource(options: FollowOptions): Promise<Wish> {
  const { state, terminal, signal, dataDir } = options;
  let files: SourceReading = { desired: nothing, diagnostics: [] };
  let desired = nothing;
  let heard = "";
  let complaint: ExitCode = exitCode.done;
  let told = "";
  let isFirst = true;
  let isOver = false;
  const timers: Partial<Record<Part, NodeJS.Timeout>> = {};

  const read = async (part: Part): Promise<void> => {
    if (part === "files") {
      const where = { environment: environment(), workingDirectory: process.cwd(), signal };
      files = keepWhatWasValid(await readSource(options.source, where), files.desired);
      clearTimeout(timers.files);
    }
    const retry = options.retry && isFirst;
    const said = await laidOver(files.desired, { dataDir, state, now: Date.now(), retry });
    endOver(said, dataDir);
    const { nextEnd } = said;
    clearTimeout(timers.words);
    if (nextEnd !== undefined) timers.words = setTimeout(look, delayUntil(nextEnd), "words").unref();
    const words = JSON.stringify([said.desired, said.diagnostics]);
    if (part === "files" || words !== heard) await plan(said);
    heard = words;
  };

  const plan = async (said: Said): Promise<void> => {
    const only = isFirst ? options.only : undefined; // what is said later holds it, and makes it no other plan
    const memory = state.read();
    const planned = await makePlan(said.desired, {
      runtime: options.runtime,
      memory,
      askRegistries: only !== undefined,
      signal,
    });
    if (isOver) return;
    refuseOther(only, planned.plan);
    const diagnostics = [...files.diagnostics, ...said.diagnostics, ...planned.diagnostics];
    const invalid = hasErrors(diagnostics);
    complaint = complaintOf(diagnostics);
    const text = diagnosticsText(diagnostics, terminal.paintErr) + (invalid ? `${whatGoesOn(files)}\n` : "");
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
  const tellAndRetry = (error: unknown, part: Part): void => {
    if (isOver || signal.aborted) return;
    const text = errorText(error, terminal.paintErr);
    if (text !== told) terminal.err(text);
    told = text;
    clearTimeout(timers[part]);
    timers[part] = setTimeout(look, retryMs, part).unref();
  };
  let next: Part | undefined;
  let reading: Promise<void> | undefined;
  const readAll = async (): Promise<void> => {
    while (next !== undefined && !isOver) {
      const part = next;
      next = undefined;
      await read(part).catch((error: unknown) => tellAndRetry(error, part));
    }
    reading = undefined;
  };
  const look = (part: Part): void => {
    if (next !== "files") next = part;
    reading ??= readAll();
  };

  await read("files");
  isFirst = false;
  return {
    desired: () => desired,
    complaint: () => complaint,
    refresh: () => look("files"),
    hear: () => look("words"),
    async [Symbol.asyncDispose]() {
      isOver = true;
      Object.values(timers).forEach(clearTimeout);
      await reading;
    },
  };
}

const nothing: Desired = { stacks: [], absent: [], complete: [] };

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
