/** Tells when a container may have changed: conmon's notices of exits, and what we do ourselves. */
import { watch } from "node:fs";
import { isContainerId, type ContainerId } from "../../model/ids.ts";

/** Several changes at once are one call. */
const gatherMs = 5;

export class ChangeNotifier implements Disposable {
  readonly #listeners = new Set<() => void>();
  readonly #watcher: Disposable;
  #pending: NodeJS.Timeout | undefined;

  /** The folder must be there. @param onExit Called with each container that has ended, before all listeners. */
  constructor(exitsFolder: string, onExit: (id: ContainerId) => void) {
    const watcher = watch(exitsFolder, { persistent: false }, (_, name) => {
      if (name !== null && isContainerId(name)) onExit(name);
      this.notify();
    });
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
