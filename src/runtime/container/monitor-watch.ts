/** Sees that a container's monitor is gone: conmon, killed, leaves no sign of it. */
import type { ContainerId } from "../../model/ids.ts";
import { isTethered } from "../../sys/tether.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";

/** A look costs some 20 us for each container. */
const lookEveryMs = 2_000;

export class MonitorWatch implements Disposable {
  readonly #paths: RuntimePaths;
  readonly #timer: NodeJS.Timeout;
  #without: ReadonlySet<ContainerId>;

  /** Calls back with each container that has newly no monitor, whether that was lost or came to its proper end. */
  constructor(paths: RuntimePaths, onGone: (id: ContainerId) => void) {
    this.#paths = paths;
    this.#without = this.#look();
    this.#timer = setInterval(() => {
      const before = this.#without;
      this.#without = this.#look();
      for (const id of this.#without) if (!before.has(id)) onGone(id);
    }, lookEveryMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): ReadonlySet<ContainerId> {
    const ids = idsIn(foldersOf(this.#paths).bundles);
    return new Set(ids.filter((id) => !isTethered(layoutOf(this.#paths, id).tether)));
  }
}
