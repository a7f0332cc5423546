/** The exit codes, the same for every command. `exec` and `run` pass the command's own through. */
export const exitCode = {
  done: 0,
  failed: 1,
  invalidInput: 2,
  timedOut: 3,
  interrupted: 130,
} as const;

/** With `--dry-run --detailed-exitcode`, as Terraform has them. */
export const detailedExitCode = { nothingToDo: 0, error: 1, changes: 2 } as const;

export type ExitCode = number;
