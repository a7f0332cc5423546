/** A SIGKILL to one process. Zero and nothing are refused: they would mean every process of the tests. */
export function sigkill(pid: number | undefined): void {
  if (pid === undefined || !(pid > 0)) throw new Error("there is no process to kill");
  process.kill(pid, "SIGKILL");
}
