/** The exit codes, the same for every command. `exec` and `run` pass the command's own through. */
import { codeOf } from "../model/error.ts";

export const exitCode = {
  done: 0,
  failed: 1,
  invalidInput: 2,
  timedOut: 3,
  /** Of `rollout status`: it is not over yet. */
  underWay: 4,
  rolledBack: 5,
  /** Of `exec` and `run`, as a shell has them. */
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
} as const;

/** With `--dry-run --detailed-exitcode`, as Terraform has them. */
export const detailedExitCode = { nothingToDo: 0, error: 1, changes: 2 } as const;

export type ExitCode = number;

/** Errors that are the fault of what the user named: the same run would fail in the same way on any host. */
const invalidInput: ReadonlySet<string> = new Set([
  "SOURCE_NOT_FOUND",
  "NO_STACK_FILES",
  "INVALID_GIT_URL",
  "INVALID_GIT_REF",
  "INVALID_GIT_PATH",
  "LINK_LEAVES_SOURCE",
  "INVALID_CONFIG",
  "INVALID_STACK_FILE",
  "INVALID_PLAN_FILE",
  "BAD_SCALE",
  "NO_SUCH_SERVICE",
  "NO_SUCH_STACK",
  "NO_SUCH_REVISION",
  "UNKNOWN_FILTER",
  "UNKNOWN_SIGNAL",
  "BAD_VOLUME",
  "BAD_ENTRYPOINT",
  "INVALID_REFERENCE",
  "USER_MISSING",
  "NO_OUTPUT",
]);

const ofCommand: Readonly<Record<string, ExitCode>> = {
  EXEC_REFUSED: exitCode.notExecutable,
  EXEC_NO_FOLDER: exitCode.notExecutable,
  EXEC_NOT_EXECUTABLE: exitCode.notExecutable,
  COMMAND_NOT_EXECUTABLE: exitCode.notExecutable,
  COMMAND_NOT_FOUND_IN_IMAGE: exitCode.notFound,
  EXEC_NOT_FOUND: exitCode.notFound,
};

export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error) ?? "";
  return ofCommand[code] ?? (invalidInput.has(code) ? exitCode.invalidInput : exitCode.failed);
}
