/** Root is asked for at once, rather than met as a refused system call half-way. */
import { TallymanError } from "../model/error.ts";

/** Commands that look at files, or at the host as anyone may. All others use the data directory, which is root's. */
const forAnyone: readonly string[] = ["validate", "config", "doctor", "version"];

/** Throws NOT_ROOT where the user is another one, unless the command does without. */
export function requireRoot(command: string, userId: number | undefined): void {
  if (userId === 0 || forAnyone.includes(command)) return;
  throw new TallymanError("NOT_ROOT", `${command} needs root`, {
    hint: `Run it as root or with sudo; only ${forAnyone.join(", ")} work without.`,
  });
}
