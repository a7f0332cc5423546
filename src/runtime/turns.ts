/** Work on one thing goes one after the other; work on different things goes side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  #pause: Promise<unknown> = Promise.resolve();

  /** Runs `work` when what was begun for `key` before has ended, well or not. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = Promise.allSettled([this.#last.get(key), this.#pause]).then(work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }

  /** Runs `work` while nothing new begins. What is under way goes on, and is named to it. */
  async pause<T>(work: (underWay: ReadonlySet<string>) => Promise<T>): Promise<T> {
    const underWay = new Set(this.#last.keys());
    const turn = this.#pause.then(() => work(underWay));
    this.#pause = turn.catch(() => undefined);
    return turn;
  }
}
