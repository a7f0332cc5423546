/**
 * The lock of the image store, `images.lock`: between processes, and beside the lock of the data directory, which an
 * agent holds for as long as it lives. It is held for moments, never over a download or an unpacking.
 *
 * - shared: to begin what a garbage collection has to see, such as a lease, or a record that uses an image;
 * - exclusive: to take something away, to put something in its place, to change what a name stands for.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { tryLock, type LockMode } from "../../sys/try-lock.ts";
import { waitUntil } from "../../sys/wait-until.ts";

/** Whoever holds it works on a few small files. */
const longestWaitMs = 60_000;

/** Waits for its turn; disposing gives it up. Throws STORE_BUSY. */
export async function lockStore(dataDir: string, mode: LockMode): Promise<AsyncDisposable> {
  const path = join(dataDir, "images.lock");
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    if (!(await waitUntil(() => tryLock(file.fd, path, mode), { timeoutMs: longestWaitMs }))) {
      throw new TallymanError("STORE_BUSY", `another tallyman has been at work on ${path} for a minute`, {
        hint: "It may hang on its disk: see who it is with fuser.",
      });
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}
