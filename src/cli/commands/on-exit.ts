/** `on-exit`, which nobody types: a container has ended, and nobody holds the lock. */
import { keepRunning } from "../../agent/keep-running.ts";
import { messageOf } from "../../model/error.ts";
import { printable } from "../../model/printable.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { exitHandler } from "../exit-handler.ts";
import { settingsOrDefaults } from "../settings.ts";
import type { CommandContext } from "./context.ts";

/** What it says goes to a file in the data directory. */
export async function onExit({ terminal, signal, settings }: CommandContext): Promise<ExitCode> {
  const paths = directories(process.env);
  await keepRunning({
    paths,
    settings: await settingsOrDefaults(settings, terminal),
    onExit: exitHandler(paths),
    signal,
    onFailure: (name, error) => {
      const when = new Date().toISOString();
      terminal.err(`${when} ${name} could not be started again: ${printable(messageOf(error))}\n`);
    },
  });
  return exitCode.done;
}
