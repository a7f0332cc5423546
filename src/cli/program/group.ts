/** How a group of commands is put into the program. */
import type { Command } from "commander";
import type { CommandContext } from "../commands/context.ts";
import type { ExitCode } from "../exit-code.ts";

export interface CommandGroup {
  readonly program: Command;
  readonly context: CommandContext;
  /** Given the running command, takes its exit code as that of the program. */
  readonly finish: (running: Promise<ExitCode>) => Promise<void>;
}
