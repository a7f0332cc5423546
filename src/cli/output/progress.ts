/** What is being done: on a terminal what is under way stays in view, elsewhere each event is one line. */
import type { LoopEvent } from "../../agent/loop.ts";
import type { createLogUpdate } from "log-update";
import type { Awaited } from "../../agent/awaited.ts";
import { printable } from "../../model/printable.ts";
import type { Rollout } from "../../model/rollout.ts";
import { outcomeText } from "../../reconcile/plan/outcome-text.ts";
import { containerName, keyOf, type Operation } from "../../reconcile/operation.ts";
import { describeCause } from "../../reconcile/plan/summary.ts";
import { timeText } from "../../reconcile/plan/hold-text.ts";
import type { RunNews } from "../../reconcile/types.ts";
import type { LayerProgress } from "../../runtime/image/types.ts";
import { errorText } from "./diagnostics.ts";
import { imageName } from "./image-name.ts";
import { tellLongWaits } from "./long-waits.ts";
import { layerBar, shortDigest } from "./layer-bar.ts";
import type { Terminal } from "./terminal.ts";
import { durationText, sizeText } from "./units.ts";

export interface Progress extends Disposable {
  event(event: LoopEvent): void;
  layer(reference: string, progress: LayerProgress): void;
}

type LogUpdate = ReturnType<typeof createLogUpdate>;

const redrawMs = 80;

export async function showProgress(terminal: Terminal): Promise<Progress> {
  if (!terminal.stderr.isTTY) return plainProgress(terminal);
  const { createLogUpdate } = await import("log-update");
  return liveProgress(terminal, createLogUpdate(terminal.stderr, { showCursor: true }));
}

function plainProgress({ err, paintErr }: Terminal): Progress {
  const finished = new Set<string>();
  const waits = tellLongWaits((words) => err(`  … ${words}\n`));
  return {
    event: (event) => {
      if (event.kind === "begun") waits.begin(keyOf(event.operation), ...longWords(event.operation));
      if (event.kind === "awaiting")
        waits.keep(new Map(event.containers.map((each) => [each.name, awaitedWords(each)])));
      if (event.kind === "ended") {
        waits.end(keyOf(event.outcome.operation));
        err(`${endedLine(event, paintErr)}\n`);
      }
      if (event.kind === "trouble") err(errorText(event.error, paintErr));
      if (event.kind === "turned") err(turnedLine(event.rollout, paintErr));
      if (event.kind === "runs") err(runLines(event.news, paintErr));
      if (event.kind === "ending" || event.kind === "left") err(endingLine(event));
    },
    layer: (reference, { digest, phase, totalBytes }) => {
      const key = `${reference} ${digest}`;
      if (phase !== "done" || finished.has(key)) return;
      finished.add(key);
      err(`  layer ${shortDigest(digest)} of ${imageName(reference)} ${sizeText(totalBytes)}\n`);
    },
    [Symbol.dispose]: () => waits[Symbol.dispose](),
  };
}

function liveProgress({ err, beforeWrite, paintErr }: Terminal, view: LogUpdate): Progress {
  const underWay = new Map<string, { readonly operation: Operation; readonly since: number }>();
  const layers = new Map<string, ReadonlyMap<string, LayerProgress>>();
  let awaiting: readonly Awaited[] = [];
  let isShown = false;
  const clear = (): void => {
    if (isShown) view.clear();
    isShown = false;
  };
  const draw = (): void => {
    if (underWay.size + awaiting.length === 0) {
      clear();
      return;
    }
    const lines = [...liveLines(underWay, layers), ...awaiting.map(awaitedLine)];
    view(shorten(lines).join("\n"));
    isShown = true;
  };
  const others = beforeWrite(clear);
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  return {
    event: (event) => {
      if (event.kind === "begun") {
        underWay.set(keyOf(event.operation), { operation: event.operation, since: performance.now() });
      } else if (event.kind === "trouble") {
        err(errorText(event.error, paintErr));
      } else if (event.kind === "awaiting") {
        awaiting = event.containers;
      } else if (event.kind === "turned") {
        err(turnedLine(event.rollout, paintErr));
      } else if (event.kind === "runs") {
        err(runLines(event.news, paintErr));
      } else if (event.kind === "ending" || event.kind === "left") {
        err(endingLine(event));
      } else {
        const { operation } = event.outcome;
        underWay.delete(keyOf(operation));
        if (operation.kind === "pull") layers.delete(operation.reference);
        err(`${endedLine(event, paintErr)}\n`);
      }
    },
    layer: (reference, progress) => {
      layers.set(reference, new Map([...(layers.get(reference) ?? []), [progress.digest, progress]]));
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      others[Symbol.dispose]();
      clear();
    },
  };
}

/** The most lines that what is under way may take. */
const mostLines = 12;

function liveLines(
  underWay: ReadonlyMap<string, { readonly operation: Operation; readonly since: number }>,
  layers: ReadonlyMap<string, ReadonlyMap<string, LayerProgress>>,
): readonly string[] {
  return [...underWay.values()].flatMap(({ operation, since }) => {
    const what = isDraining(operation)
      ? drainWords(operation)
      : `${operation.kind.padEnd(14)} ${subjectOf(operation)}`;
    const line = `  … ${what}  ${durationText(performance.now() - since)}`;
    const bars =
      operation.kind === "pull"
        ? [...(layers.get(operation.reference)?.values() ?? [])].map((layer) => `      ${layerBar(layer)}`)
        : [];
    return [line, ...bars];
  });
}

function shorten(lines: readonly string[]): readonly string[] {
  const hidden = lines.length - mostLines;
  return hidden > 0 ? [...lines.slice(0, mostLines), `  … and ${hidden} more`] : lines;
}

function awaitedLine(each: Awaited): string {
  return `  … ${awaitedWords(each)}  ${durationText(Date.now() - each.since)}`;
}

function awaitedWords({ name, until }: Awaited): string {
  return `${name} runs, and is waited for until it ${until === "healthy" ? "is healthy" : "accepts connections"}`;
}

/** What is said of an operation that goes on, and after how long: most end sooner, and say it then. */
function longWords(operation: Operation): readonly [words: string, patienceMs?: number] {
  if (isDraining(operation)) return [drainWords(operation)];
  const words = `${operation.kind} ${subjectOf(operation)} is still under way after ${durationText(longMs)}`;
  return [words, longMs];
}

const longMs = 30_000;

type Draining = Extract<Operation, { readonly kind: "stop" }> & { readonly drainMs: number };

function isDraining(operation: Operation): operation is Draining {
  return operation.kind === "stop" && operation.drainMs !== undefined;
}

function drainWords(operation: Draining): string {
  return `${subjectOf(operation)} is withdrawn, and stops when its connections have ended, at most ${durationText(operation.drainMs)} from then`;
}

function endedLine(
  { outcome, tookMs }: LoopEvent & { readonly kind: "ended" },
  paint: Terminal["paintErr"],
): string {
  const { operation, result } = outcome;
  const what = `${operation.kind.padEnd(14)} ${subjectOf(operation)}`;
  if (result.kind === "failed") {
    const advice = result.hint === undefined ? "" : `\n    ${printable(result.hint)}`;
    return `  ${paint("bad", "✗")} ${what}  ${printable(result.message)}${advice}`;
  }
  const why = operation.cause.kind === "exited" ? `  ${describeCause(operation.cause)}` : "";
  return `  ${paint("added", "✓")} ${what.padEnd(44)} ${paint("quiet", durationText(tookMs))}${why}`;
}

function endingLine(event: LoopEvent & { readonly kind: "ending" | "left" }): string {
  const { operations } = event;
  const names = operations.map((operation) => `${operation.kind} ${subjectOf(operation)}`).join(", ");
  const what = operations.length === 0 ? "a look at what is there" : printable(names);
  return event.kind === "ending"
    ? `\nEnding, and waiting at most ${durationText(event.withinMs)} for what is under way: ${what}.\n`
    : `\nLeft as it is, still under way: ${what}. The next run goes on with it.\n`;
}

function turnedLine(rollout: Rollout, paint: Terminal["paintErr"]): string {
  return `  ${paint("bad", "↩")} ${rollout.stack}: ${printable(outcomeText(rollout) ?? "")}\n`;
}

function runLines(news: readonly RunNews[], paint: Terminal["paintErr"]): string {
  return news
    .map(({ stack, service, time, why }) => {
      return `  ${paint("bad", "!")} ${stack}-${service}, run of ${timeText(time)}: ${printable(why)}\n`;
    })
    .join("");
}

function subjectOf(operation: Operation): string {
  if (operation.kind === "pull") return imageName(operation.reference);
  if (operation.kind === "create-volume") return operation.volume;
  if (operation.kind === "create-network" || operation.kind === "remove-network")
    return operation.network.name;
  return containerName(operation.stack, operation.container);
}
