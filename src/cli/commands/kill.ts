/** `kill`, `pause`, `unpause`: what is done to the processes of containers that run. Takes no lock. */
import { replicasOf, type Replica } from "../../agent/replica.ts";
import { selectReplicas } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import { pauseContainer, sendSignal, unpauseContainer } from "../../runtime/container/signal-container.ts";
import { signalNumber } from "../../runtime/container/spec/signal.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { RuntimePaths } from "../../runtime/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";

/** At least one: stacks, services (`stack/service`), containers or beginnings of ids. */
type Names = readonly string[];

export async function kill(
  { names, signal }: { readonly names: Names; readonly signal: string },
  context: CommandContext,
): Promise<ExitCode> {
  const number = signalNumber(signal);
  return onEach(names, { context, done: "Signalled", act: (paths, { id }) => sendSignal(paths, id, number) });
}

export async function pause(names: Names, context: CommandContext): Promise<ExitCode> {
  return onEach(names, {
    context,
    done: "Paused",
    isDone: ({ paused }) => paused,
    already: "Paused already",
    act: (paths, { id }) => pauseContainer(paths, id),
  });
}

export async function unpause(names: Names, context: CommandContext): Promise<ExitCode> {
  return onEach(names, {
    context,
    done: "Unpaused",
    isDone: ({ paused }) => !paused,
    already: "Not paused",
    act: (paths, { id }) => unpauseContainer(paths, id),
  });
}

interface Doing {
  readonly context: CommandContext;
  readonly act: (paths: RuntimePaths, replica: Replica) => Promise<void>;
  /** What has been done, in a word. */
  readonly done: string;
  /** Whether there is nothing to do to it; default: never. */
  readonly isDone?: (replica: Replica) => boolean;
  /** What those of which there was nothing to do are. */
  readonly already?: string;
}

/** On those of the named ones that run; where none does, that is an error. */
async function onEach(
  names: Names,
  { context, act, done, isDone = () => false, already }: Doing,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const named = selectReplicas(replicasOf(await openReader(paths).list()), names);
  const running = named.filter(({ state }) => state === "running");
  if (running.length === 0) throw new TallymanError("NOT_RUNNING", `nothing of ${names.join(", ")} runs`);
  const say = (words: string, replicas: readonly Replica[]): void => {
    if (replicas.length > 0)
      context.terminal.err(`${words}: ${replicas.map(({ name }) => name).join(", ")}.\n`);
  };
  for (const replica of running) await act(paths, replica);
  say(
    done,
    running.filter((replica) => !isDone(replica)),
  );
  say(already ?? done, running.filter(isDone));
  return exitCode.done;
}
