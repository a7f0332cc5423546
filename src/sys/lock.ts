/** One writer: an exclusive flock(2) on a file, given up by the kernel when its holder dies. */
import { constants } from "node:fs";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { TallymanError } from "../model/error.ts";
import { identify } from "./process.ts";
import { tryLock } from "./try-lock.ts";

export class LockedError extends TallymanError {}

/** A child that a killed holder had just forked has the lock, too, until it begins its own program. */
const afterDeathMs = 5_000;

/** What is done briefly is waited for so long. */
const brieflyMs = 30_000;

const pollMs = 4;

export interface LockOptions {
  /** Held for a moment only: whoever wants it meanwhile waits instead of failing. */
  readonly briefly?: boolean;
}

/** Takes the lock at once or throws {@link LockedError}, which names the holder. Disposing gives it up. */
export async function lock(path: string, { briefly = false }: LockOptions = {}): Promise<AsyncDisposable> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const begunAt = performance.now();
    while (!tryLock(file.fd, path)) {
      const holder = await readHolder(path);
      if (performance.now() - begunAt >= patienceMs(holder)) throw lockedBy(holder.pid, path);
      await delay(pollMs);
    }
    await say(file, briefly ? `${process.pid} ${brieflyMark}` : `${process.pid}`);
  } catch (error) {
    await file.close();
    throw error;
  }
  let held = true;
  return {
    [Symbol.asyncDispose]: async () => {
      if (!held) return;
      held = false;
      await say(file, ""); // nobody holds it, should somebody be about to look whether one does
      await file.close();
    },
  };
}

/** Over what it said before: on a full disk there may be no room for anything new. */
async function say(file: FileHandle, words: string): Promise<void> {
  await file.write(`${words.padEnd(contentBytes - 1)}\n`, 0);
}

const contentBytes = 32;

interface Holder {
  /** Empty where there is none. */
  readonly pid: string;
  readonly briefly: boolean;
}

const brieflyMark = "briefly";

async function readHolder(path: string): Promise<Holder> {
  const [pid = "", mark] = (await readFile(path, "utf8")).trim().split(" ");
  return { pid, briefly: mark === brieflyMark };
}

function patienceMs({ pid, briefly }: Holder): number {
  if (identify(Number(pid)) === undefined) return afterDeathMs;
  return briefly ? brieflyMs : 0;
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
