/** Finds out when containers begin to accept connections, in the background: a pass of the loop waits for nothing. */
import { setTimeout as delay } from "node:timers/promises";
import { accepts } from "../sys/accepts.ts";

export interface AcceptSubject {
  /** Names one run of one container. */
  readonly key: string;
  readonly address: string;
  readonly ports: readonly number[];
}

const tryAgainMs = 25;
const timeoutMs = 1_000;

export class AcceptWatch implements Disposable {
  readonly #onAccept: () => void;
  readonly #accepting = new Map<string, boolean>();
  #isDisposed = false;

  /** @param onAccept Called when one accepts that did not. */
  constructor(onAccept: () => void) {
    this.#onAccept = onAccept;
  }

  /** Which of these accept by now on all of their ports; only these are tried from here on. */
  accepting(subjects: readonly AcceptSubject[]): ReadonlySet<string> {
    const keys = new Set(subjects.map(({ key }) => key));
    for (const key of this.#accepting.keys()) if (!keys.has(key)) this.#accepting.delete(key);
    for (const subject of subjects.filter(({ key }) => !this.#accepting.has(key))) {
      this.#accepting.set(subject.key, false);
      void this.#watch(subject);
    }
    return new Set([...keys].filter((key) => this.#accepting.get(key) === true));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
  }

  async #watch({ key, address, ports }: AcceptSubject): Promise<void> {
    const isWanted = (): boolean => !this.#isDisposed && this.#accepting.get(key) === false;
    while (isWanted()) {
      const answers = await Promise.all(ports.map((port) => accepts(address, port, { timeoutMs })));
      if (!isWanted()) return;
      if (answers.every(Boolean)) {
        this.#accepting.set(key, true);
        this.#onAccept();
        return;
      }
      await delay(tryAgainMs);
    }
  }
}
