/** Ctrl-P Ctrl-Q, which leaves a container to itself, in what is typed. */

const ctrlP = 0x10;
const ctrlQ = 0x11;

/** A Ctrl-P is held back until the key after it is known. */
export class DetachKeys {
  #held = false;

  /** What is for the container, and whether the rest was the way out. */
  scan(typed: Uint8Array): { readonly bytes: Uint8Array; readonly isDetached: boolean } {
    const bytes: number[] = [];
    for (const byte of typed) {
      if (this.#held && byte === ctrlQ) return { bytes: Uint8Array.from(bytes), isDetached: true };
      if (this.#held) bytes.push(ctrlP);
      this.#held = byte === ctrlP;
      if (!this.#held) bytes.push(byte);
    }
    return { bytes: Uint8Array.from(bytes), isDetached: false };
  }
}
