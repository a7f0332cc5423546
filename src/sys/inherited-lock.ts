/** A flock(2) that flock(1) took on a file before it became us; or that we take ourselves where we came otherwise. */
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { libc } from "./libc.ts";
import { tryLock } from "./try-lock.ts";

const flock = libc("int flock(int fd, int operation)");
const unlock = 8;

export interface InheritedLock extends Disposable {
  /** False where another process has it. True where we have it already. */
  take(): boolean;
  release(): void;
}

/** The file must be there. */
export function openInheritedLock(path: string): InheritedLock {
  const fd = descriptorOf(realpathSync(path)) ?? openSync(path, "r");
  return {
    take: () => tryLock(fd, path),
    release: () => void flock(fd, unlock),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function descriptorOf(path: string): number | undefined {
  const found = readdirSync("/proc/self/fd").find((fd) => linkOf(fd) === path);
  return found === undefined ? undefined : Number(found);
}

/** Undefined where it has been closed since it was listed. */
function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
