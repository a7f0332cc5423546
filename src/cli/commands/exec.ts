/** `exec`: a further command in a container that runs. Takes no lock. */
import { replicasOf } from "../../agent/replica.ts";
import { selectReplica } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import type { TerminalSize } from "../../runtime/attach/attach.ts";
import { exec as execInside, execDetached } from "../../runtime/exec/exec.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";

export interface ExecOptions {
  /** A service (`stack/service`), a container or the beginning of an id. */
  readonly name: string;
  readonly index?: number | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly privileged: boolean;
  readonly detach: boolean;
  /** Undefined: where we have one ourselves. */
  readonly terminal: boolean | undefined;
}

/** The command's own exit code. */
export async function exec(options: ExecOptions, { passSignals }: CommandContext): Promise<ExitCode> {
  const { name, index, command, environment, user, workingDir, privileged, detach } = options;
  const paths = directories(process.env);
  const { id } = selectReplica(replicasOf(await openReader(paths).list()), name, { index });
  const request = {
    command,
    environment,
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { workingDir }),
    privileged,
    ...(!detach && wantsTerminal(options.terminal) && { terminal: ownTerminalSize() }),
  };
  if (detach) {
    await execDetached(paths, id, request);
    return exitCode.done;
  }
  const session = await execInside(paths, id, request);
  using _signals = passSignals((signal) => session.signal(signal));
  return await session.exitCode;
}

function ownTerminalSize(): TerminalSize {
  return { columns: process.stdout.columns, lines: process.stdout.rows };
}

function wantsTerminal(asked: boolean | undefined): boolean {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (asked !== true || isTerminal) return asked ?? isTerminal;
  throw new TallymanError("NO_TERMINAL", "there is no terminal here to hand on", {
    hint: "Leave --tty out: input and output are then passed on as they are.",
  });
}
