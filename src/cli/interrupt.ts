/** What a Ctrl-C and its kin do: end the command in good order, at the second time at once; or go elsewhere. */
import { exitNow } from "../sys/exit-now.ts";
import { exitCode } from "./exit-code.ts";

const asked = ["SIGINT", "SIGTERM"] as const;
/** Do here what they do by default, as long as nobody has them passed on. */
const passedOnly = ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

export class Interrupt {
  readonly #controller = new AbortController();
  #askedAt = Infinity;
  #listener: ((name: NodeJS.Signals) => void) | undefined;

  constructor() {
    for (const name of asked) process.on(name, () => (this.#listener ? this.#listener(name) : this.#end()));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Until it is disposed of, `listener` is told of each signal in place of anything else. */
  pass(listener: (name: NodeJS.Signals) => void): Disposable {
    this.#listener = listener;
    for (const name of passedOnly) process.on(name, listener);
    return {
      [Symbol.dispose]: () => {
        this.#listener = undefined;
        for (const name of passedOnly) process.off(name, listener);
      },
    };
  }

  #end(): void {
    // Asked again: what is under way is safe to break off. npm passes a Ctrl-C on, so the same one may come twice.
    if (performance.now() - this.#askedAt > 500) exitNow(exitCode.interrupted);
    this.#askedAt = Math.min(this.#askedAt, performance.now());
    this.#controller.abort();
  }
}
