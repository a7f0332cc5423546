/** Several logs as one, in order of time; more may join while it is read. */

interface Source<Line> {
  readonly lines: AsyncIterator<Line>;
  /** Its next line may already be written, and so be earlier than those of the others. */
  isBehind: boolean;
  head?: Line;
  readonly ended: PromiseWithResolvers<undefined>;
}

export class MergedLog<Line extends { readonly time: number }> implements AsyncIterable<Line> {
  readonly #sources = new Set<Source<Line>>();
  #isClosed = false;
  #wake: () => void = () => undefined;

  /**
   * `open` gets what to call whenever all that has been written was given. Resolves when its lines have ended; rejects
   * where they cannot be read.
   */
  async add(open: (onCaughtUp: () => void) => AsyncIterable<Line>): Promise<void> {
    const onCaughtUp = (): void => {
      source.isBehind = false;
      this.#wake();
    };
    const lines = open(onCaughtUp)[Symbol.asyncIterator]();
    const source: Source<Line> = { lines, isBehind: true, ended: Promise.withResolvers<undefined>() };
    this.#sources.add(source);
    this.#pull(source);
    await source.ended.promise;
  }

  /** Nothing more will be added: it ends with its last log. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Line> {
    for (;;) {
      const { promise: changed, resolve } = Promise.withResolvers<undefined>();
      this.#wake = () => resolve(undefined);
      const next = this.#next();
      if (next?.head !== undefined) {
        const line = next.head;
        delete next.head;
        next.isBehind = true;
        this.#pull(next);
        yield line;
      } else if (this.#isClosed && this.#sources.size === 0) return;
      else await changed;
    }
  }

  /** The one with the earliest line, once none can have an earlier one. */
  #next(): Source<Line> | undefined {
    let earliest: Source<Line> | undefined;
    for (const source of this.#sources) {
      if (source.head === undefined && source.isBehind) return undefined;
      if (source.head === undefined) continue;
      if (earliest?.head === undefined || source.head.time < earliest.head.time) earliest = source;
    }
    return earliest;
  }

  #pull(source: Source<Line>): void {
    const end = (settle: () => void): void => {
      this.#sources.delete(source);
      settle();
    };
    void source.lines
      .next()
      .then(
        ({ done, value }) => {
          if (done === true) end(() => source.ended.resolve(undefined));
          else source.head = value;
        },
        (error: unknown) => end(() => source.ended.reject(error)),
      )
      .then(() => this.#wake());
  }
}
