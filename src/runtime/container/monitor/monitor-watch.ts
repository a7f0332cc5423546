/** Sees what no notice comes of: conmon, killed, leaves no sign, and a process that runs out of memory only a mark. */
import { existsSync } from "node:fs";
import type { ContainerId } from "../../../model/ids.ts";
import { isTethered } from "../../../sys/tether.ts";
import type { RuntimePaths } from "../../types.ts";
import type { Cgroups } from "../cgroup/cgroups.ts";
import { foldersOf, layoutOf } from "../layout.ts";
import { idsIn } from "../list.ts";
import { settleOom } from "./settle-oom.ts";

/** A look costs some 20 us for each container. */
const lookEveryMs = 2_000;

/** What there is to be told, each with the container it is about. */
type Signs = ReadonlyMap<string, ContainerId>;

export class MonitorWatch implements Disposable {
  readonly #paths: RuntimePaths;
  readonly #cgroups: Cgroups;
  readonly #timer: NodeJS.Timeout;
  #signs: Signs;

  /** Calls back with each container that newly has no monitor, lost or at its proper end, or was short of memory. */
  constructor(
    { paths, cgroups }: { readonly paths: RuntimePaths; readonly cgroups: Cgroups },
    onSign: (id: ContainerId) => void,
  ) {
    this.#paths = paths;
    this.#cgroups = cgroups;
    this.#signs = this.#look();
    this.#timer = setInterval(() => {
      try {
        const signs = this.#look();
        for (const [sign, id] of signs) if (!this.#signs.has(sign)) onSign(id);
        this.#signs = signs;
      } catch {
        // What cannot be read for a moment is looked at again, and told then.
      }
    }, lookEveryMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): Signs {
    const signs = idsIn(foldersOf(this.#paths).bundles).flatMap((id) => {
      const { tether } = layoutOf(this.#paths, id);
      return [
        ...(isTethered(tether) ? [] : [[`unmonitored ${id}`, id] as const]),
        ...(this.#wasKilled(id) ? [[`oom ${id}`, id] as const] : []),
      ];
    });
    return new Map(signs);
  }

  /** conmon misses no kill on cgroup v1, where to ask the kernel is to look into a dozen hierarchies. */
  #wasKilled(id: ContainerId): boolean {
    if (this.#cgroups.version === 2) return settleOom(this.#paths, { id, cgroups: this.#cgroups });
    return existsSync(layoutOf(this.#paths, id).oomFile);
  }
}
