/** `on-exit`, which nobody types: a container has ended, and nobody holds the lock. */
import { keepRunning } from "../../agent/keep-running.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { exitHandler } from "../exit-handler.ts";
import type { CommandContext } from "./context.ts";

export async function onExit({ signal, settings }: CommandContext): Promise<ExitCode> {
  const paths = directories(process.env);
  await keepRunning({ paths, settings: await settings(), onExit: exitHandler(paths), signal });
  return exitCode.done;
}
