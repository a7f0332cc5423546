/** Starts resolvers again that have died, for as long as somebody is there to see it. */
import type { Names } from "./types.ts";

/** A look costs some 50 us for each resolver. */
const lookEveryMs = 500;

export class ResolverWatch implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(names: Pick<Names, "mend">) {
    this.#timer = setInterval(() => {
      this.#looking ??= names
        .mend()
        .catch(() => undefined) // tried again with the next look; a container that needs it now is told why
        .finally(() => (this.#looking = undefined));
    }, lookEveryMs).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
