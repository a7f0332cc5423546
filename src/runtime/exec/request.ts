/** What a further process in a container is to be. What is absent is as the container's own process has it. */
import type { TerminalSize } from "../attach/attach.ts";

export interface ExecRequest {
  readonly command: readonly string[];
  /** Over the container's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** `user[:group]`, names or numbers. */
  readonly user?: string;
  /** Absolute, as seen from inside. */
  readonly workingDir?: string;
  /** Gives it every capability that we have. */
  readonly privileged?: boolean;
  /** Gives it a terminal of its own, of this size from its first moment. */
  readonly terminal?: TerminalSize;
}
