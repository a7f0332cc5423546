/** What was found for the keys that were asked for last. What nobody asks for any more is forgotten. */
export class Recent<V> {
  readonly #most: number;
  readonly #values = new Map<string, V>();

  /** @param most How many are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : this.set(key, value);
  }

  /** In place of what was found before. */
  set(key: string, value: V): V {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest = key] = this.#values.keys();
    if (this.#values.size > this.#most) this.#values.delete(oldest);
    return value;
  }
}
