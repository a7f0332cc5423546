/** Tells when a log may have grown. */
import { watch } from "node:fs";
import { codeOf } from "../../model/error.ts";

/** Looks anew at least this often, should the kernel not tell. */
const lookAgainMs = 200;

export interface Growth extends Disposable {
  /** Resolves when something may have been written, some time has gone by, or the signal was given. */
  next(): Promise<void>;
}

/** The folder need not be there yet. */
export function watchGrowth(folder: string, signal: AbortSignal | undefined): Growth {
  let wake: (() => void) | undefined;
  let grown = false;
  const onGrowth = (): void => {
    grown = true;
    wake?.();
  };
  let watcher = watchIfThere(folder, onGrowth);
  signal?.addEventListener("abort", onGrowth);
  return {
    async next() {
      watcher ??= watchIfThere(folder, onGrowth);
      if (!grown) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        const timer = setTimeout(() => resolve(undefined), lookAgainMs);
        wake = () => resolve(undefined);
        await promise;
        clearTimeout(timer);
      }
      grown = false;
    },
    [Symbol.dispose]() {
      watcher?.[Symbol.dispose]();
      signal?.removeEventListener("abort", onGrowth);
    },
  };
}

function watchIfThere(folder: string, onGrowth: () => void): Disposable | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onGrowth);
    watcher.on("error", () => watcher.close()); // the folder went: the container was removed
    return { [Symbol.dispose]: () => watcher.close() };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
