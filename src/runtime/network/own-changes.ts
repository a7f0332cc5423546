/** Which generations of the host's rules came by tables of ours: what is known of one of them is still so after. Pure. */

/** Of longer ago, nobody asks. */
const remembered = 1_000;

export class OwnChanges {
  readonly #generations = new Set<number>();

  note(generation: number): void {
    this.#generations.add(generation);
    const [oldest] = this.#generations;
    if (oldest !== undefined && this.#generations.size > remembered) this.#generations.delete(oldest);
  }

  /** Of those after `since`, up to `now`, all that are not known to be ours. */
  others(since: number, now: number): readonly number[] {
    if (now < since) return [now];
    const all = Array.from({ length: Math.min(now - since, remembered + 1) }, (_, index) => now - index);
    return all.filter((generation) => !this.#generations.has(generation)).toReversed();
  }
}
