/** One writer: an exclusive flock(2) on a file, given up by the kernel when its holder dies. */
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { TallymanError } from "../model/error.ts";
import { identify } from "./process.ts";
import { tryLock } from "./try-lock.ts";
import { waitUntil } from "./wait-until.ts";

export class LockedError extends TallymanError {}

/** A child that a killed holder had just forked has the lock, too, until it begins its own program. */
const afterDeathMs = 5_000;

/** Takes the lock at once or throws {@link LockedError}, which names the holder. Disposing gives it up. */
export async function lock(path: string): Promise<AsyncDisposable> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const holder = async (): Promise<string> => (await readFile(path, "utf8")).trim();
  try {
    if (!tryLock(file.fd, path)) {
      const isDead = identify(Number(await holder())) === undefined;
      const taken = isDead && (await waitUntil(() => tryLock(file.fd, path), { timeoutMs: afterDeathMs }));
      if (!taken) throw lockedBy(await holder(), path);
    }
    await file.truncate(0);
    await file.write(`${process.pid}\n`, 0);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}

function lockedBy(holder: string, path: string): LockedError {
  return new LockedError(
    "LOCKED",
    `another tallyman${holder && ` (process ${holder})`} is at work on ${path}`,
    {
      hint: "Wait until it has finished, or stop it; reading commands such as ps and logs work beside it.",
    },
  );
}
