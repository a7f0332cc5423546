/** The interface of a source: where stack files come from. It stays when sources move into an agent of their own. */
import type { SourceId } from "../model/ids.ts";

export interface Source extends AsyncDisposable {
  readonly id: SourceId;
  /**
   * The newest state that can be had: fetches, checks out. Throws where the source is away or empty; what was
   * fetched before stays where it is.
   */
  fetch(options?: { readonly signal?: AbortSignal }): Promise<Snapshot>;
  /** What `fetch` last gave in this or an earlier run of the program, without any network; undefined if none. */
  last(): Promise<Snapshot | undefined>;
  /** Records that this snapshot's stack files are valid: it is what `last` gives from now on. */
  markGood(snapshot: Snapshot): Promise<void>;
  /** Calls back soon after the source may have changed. */
  watch(listener: () => void): AsyncDisposable;
}

/** One state of a source. Where `commit` is set, its folder never changes. */
export interface Snapshot {
  /** Absolute paths of the stack files, grouped by the folder they are in: one stack a folder. */
  readonly stacks: readonly StackFiles[];
  /** Full hexadecimal id of the Git commit. */
  readonly commit?: string;
}

export interface StackFiles {
  /** Absolute. */
  readonly directory: string;
  /** Absolute, in the order in which they are merged. */
  readonly files: readonly string[];
}
