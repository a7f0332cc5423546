/** Has the disk write while more is being made, so that little is left to wait for at the end. */
import { syncfs, syncfsAside } from "../../../sys/syncfs.ts";

const entriesAtOnce = 2_000;
const bytesAtOnce = 32 * 1024 * 1024;

export class WriteBehind {
  /** Anything that is open on the file system. */
  readonly #fd: number;
  #entries = 0;
  #bytes = 0;
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** To be told of each entry that was made. */
  made(sizeBytes: number): void {
    this.#entries++;
    this.#bytes += sizeBytes;
    if (this.#isWriting || (this.#entries < entriesAtOnce && this.#bytes < bytesAtOnce)) return;
    this.#entries = this.#bytes = 0;
    this.#isWriting = true;
    this.#written = Promise.all([this.#written, syncfsAside(this.#fd)]).then(() => {
      this.#isWriting = false;
    });
    this.#written.catch(() => undefined); // the end tells: a failure is reported by the kernel once only
  }

  /** Resolves when all is on the disk. */
  async finish(): Promise<void> {
    await this.#written;
    syncfs(this.#fd);
  }
}
