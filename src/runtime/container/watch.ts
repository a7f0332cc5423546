/** Tells when a container may have changed: conmon's notices of exits, and what we do ourselves. */
import { watch } from "node:fs";

/** Several changes at once are one call. */
const gatherMs = 5;

export class ChangeNotifier implements Disposable {
  readonly #listeners = new Set<() => void>();
  readonly #watcher: Disposable;
  #pending: NodeJS.Timeout | undefined;

  /** The folder must be there. */
  constructor(exitsFolder: string) {
    const watcher = watch(exitsFolder, { persistent: false }, () => this.notify());
    watcher.on("error", () => watcher.close()); // the folder went with /run: whoever looks at the list still sees all
    this.#watcher = { [Symbol.dispose]: () => watcher.close() };
  }

  /** Level-triggered: the listener looks for itself what is. */
  onChange(listener: () => void): Disposable {
    const own = (): void => listener();
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => this.#listeners.delete(own) };
  }

  notify(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      for (const listener of this.#listeners) listener();
    }, gatherMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pending);
    this.#listeners.clear();
    this.#watcher[Symbol.dispose]();
  }
}
