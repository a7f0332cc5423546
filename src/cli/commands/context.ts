/** What every command is given. */
import type { Terminal } from "../output/terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
}
