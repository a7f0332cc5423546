/** `stop`, `start` and `restart` of stacks and services: word for whoever reconciles. They take no lock. */
import { askRestart } from "../../agent/ask-restart.ts";
import { holdWords, restartWords } from "../../agent/words.ts";
import { subjectText, type StackHold } from "../../agent/holds.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import { openStateReader } from "../../state/state-reader.ts";
import type { Memory } from "../../state/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import { findSubject, speaker, tellWhoSees, type Subject } from "./leave-word.ts";

export interface StopOptions {
  /** Stacks or services (`stack/service`). */
  readonly names: readonly string[];
  readonly reason?: string | undefined;
}

export async function stop({ names, reason }: StopOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const paths = directories(process.env);
  const by = speaker();
  for (const subject of subjectsOf(names, memoryIn(paths.dataDir))) {
    const why = reason === undefined ? {} : { reason };
    await holdWords.write(paths.dataDir, { kind: "stop", ...subject, by, since: Date.now(), ...why });
    const detail = reason === undefined ? {} : { detail: reason };
    recordEvent(paths.dataDir, { kind: "stop-asked", subject: subjectText(subject), by, ...detail });
  }
  tellWhoSees(terminal, paths);
  return exitCode.done;
}

export async function start(
  { names }: Pick<StopOptions, "names">,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const memory = memoryIn(paths.dataDir);
  for (const subject of subjectsOf(names, memory)) {
    const stops = (await holdWords.read(paths.dataDir)).filter(
      ({ kind, stack }) => kind === "stop" && stack === subject.stack,
    );
    const over = stops.filter(({ service }) => service === undefined || isWithin(service, subject));
    if (over.length === 0) {
      terminal.err(`Nobody has stopped ${subjectText(subject)}.\n`);
      continue;
    }
    for (const each of over.flatMap((hold) => remainder(hold, subject, memory)))
      await holdWords.write(paths.dataDir, each);
    for (const hold of over) holdWords.remove(paths.dataDir, hold);
    recordEvent(paths.dataDir, { kind: "start-asked", subject: subjectText(subject), by: speaker() });
  }
  tellWhoSees(terminal, paths);
  return exitCode.done;
}

export async function restart(
  { names }: Pick<StopOptions, "names">,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const memory = memoryIn(paths.dataDir);
  const subjects = subjectsOf(names, memory);
  const at = Date.now();
  const asked = subjects.map((subject) => askRestart({ ...subject, at }, memory.rollouts));
  for (const each of asked) await restartWords.write(paths.dataDir, each);
  for (const subject of subjects)
    recordEvent(paths.dataDir, { kind: "restart-asked", subject: subjectText(subject), by: speaker() });
  tellWhoSees(terminal, paths);
  return exitCode.done;
}

function memoryIn(dataDir: string): Memory {
  using state = openStateReader(dataDir);
  return state.read();
}

/** All of them are known before anything is said of one. */
function subjectsOf(names: readonly string[], memory: Memory): readonly Subject[] {
  return names.map((name) => findSubject(name, memory));
}

function isWithin(service: string, subject: Subject): boolean {
  return subject.service === undefined || subject.service === service;
}

/** Where the whole stack is stopped and one service of it is started, the others stay stopped. */
function remainder(hold: StackHold, { service: started }: Subject, memory: Memory): readonly StackHold[] {
  if (hold.service !== undefined || started === undefined) return [];
  const others = memory.inventory.filter(({ stack, service }) => stack === hold.stack && service !== started);
  return others.map(({ service }) => ({ ...hold, service }));
}
