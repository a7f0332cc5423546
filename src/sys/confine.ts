/** Ties this process to its parent, and locks it into a folder. For short-lived children only: neither is undone. */
import { chdir, ppid } from "node:process";
import { TallymanError } from "../model/error.ts";
import { check, libc } from "./libc.ts";

const prctl = libc(
  "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
);
const chroot = libc("int chroot(const char *path)");
const setParentDeathSignal = 1;
const sigkill = 9;

/** The kernel kills this process when `parentPid`, which started it, ends. */
export function dieWithParent(parentPid: number): void {
  check(prctl(setParentDeathSignal, sigkill, 0, 0, 0), "prctl", "PR_SET_PDEATHSIG");
  if (ppid !== parentPid) throw new TallymanError("PARENT_GONE", `process ${parentPid} has ended`);
}

/** From here on, no name that this process opens leads out of `folder`. What is open stays open. */
export function confineTo(folder: string): void {
  check(chroot(folder), "chroot", folder);
  chdir("/");
}
