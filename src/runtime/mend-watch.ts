/** Brings back what died or was taken away under the containers, for as long as somebody is there to see it. */

/** Such a look costs some 50 us for each program, and as much for the rules of the host. */
const lookEveryMs = 500;

export class MendWatch implements AsyncDisposable {
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(parts: readonly { mend(): Promise<void> }[]) {
    this.#timer = setInterval(() => {
      this.#looking ??= Promise.allSettled(parts.map((part) => part.mend())) // tried again with the next look
        .then(() => (this.#looking = undefined));
    }, lookEveryMs).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
