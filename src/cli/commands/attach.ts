/** `attach`: our input and outputs joined to those of a container's own process. Takes no lock. */
import { constants } from "node:os";
import { replicasOf } from "../../agent/replica.ts";
import { selectReplica } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import { attach as attachTo } from "../../runtime/attach/attach.ts";
import { awaitExit } from "../../runtime/container/monitor/await-exit.ts";
import { requireRunning } from "../../runtime/container/require-running.ts";
import { sendSignal } from "../../runtime/container/signal-container.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { relay } from "../relay.ts";
import type { CommandContext } from "./context.ts";

export interface AttachOptions {
  readonly name: string;
  readonly index?: number | undefined;
  readonly stdin: boolean;
  /** Signals that we get go to the container. */
  readonly sigProxy: boolean;
}

/** The container's own exit code, once it ends; 0 where it is left by Ctrl-P Ctrl-Q. */
export async function attach(
  { name, index, stdin, sigProxy }: AttachOptions,
  { terminal, passSignals, signal: interrupted }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const { id } = selectReplica(replicasOf(await openReader(paths).list()), name, { index });
  const { spec, run } = requireRunning(paths, id);
  await using attachment = attachTo(paths, id);
  using _signals = sigProxy
    ? passSignals((signal) => void sendSignal(paths, id, constants.signals[signal]).catch(() => undefined))
    : undefined;
  const isInteractive = spec.terminal === true;
  const interruption = new Promise<"interrupted">((resolve) => {
    interrupted.addEventListener("abort", () => resolve("interrupted"), { once: true });
  });
  const relayed = relay(attachment, { terminal: isInteractive, input: stdin, canLeave: true });
  const end = await Promise.race([relayed, interruption]);
  if (end === "interrupted") return exitCode.interrupted;
  if (end === "detached") {
    terminal.err(`\nLeft ${name}, which goes on.\n`);
    return exitCode.done;
  }
  const code = await awaitExit(paths, { id, process: run.process });
  if (code !== null) return code;
  throw new TallymanError("EXIT_UNKNOWN", `${name} has ended, and nobody saw with which exit code`);
}
