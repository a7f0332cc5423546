/** One writer: an exclusive flock(2) on a file, given up by the kernel when its holder dies. */
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { TallymanError } from "../model/error.ts";
import { check, libc, SystemError } from "./libc.ts";

const flock = libc("int flock(int fd, int operation)");
const exclusiveNonBlocking = 2 | 4;

export class LockedError extends TallymanError {}

/** Takes the lock at once or throws {@link LockedError}, which names the holder. Disposing gives it up. */
export async function lock(path: string): Promise<AsyncDisposable> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    check(flock(file.fd, exclusiveNonBlocking), "flock", path);
    await file.truncate(0);
    await file.write(`${process.pid}\n`, 0);
  } catch (error) {
    await file.close();
    if (!(error instanceof SystemError) || error.code !== "EAGAIN") throw error;
    const holder = (await readFile(path, "utf8")).trim();
    throw new LockedError(
      "LOCKED",
      `another tallyman${holder && ` (process ${holder})`} is at work on ${path}`,
      {
        hint: "Wait until it has finished, or stop it; reading commands such as ps and logs work beside it.",
      },
    );
  }
  return { [Symbol.asyncDispose]: () => file.close() };
}
