/** What every command is given. */
import type { EngineSettings } from "../../runtime/settings.ts";
import type { Terminal } from "../output/terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
  /** What the operator of this host decided. Throws INVALID_CONFIG, after saying on stderr what is wrong. */
  readonly settings: () => Promise<EngineSettings>;
  /** While the result is kept, what would interrupt this program goes to `listener` alone. */
  readonly passSignals: (listener: (name: NodeJS.Signals) => void) => Disposable;
}
