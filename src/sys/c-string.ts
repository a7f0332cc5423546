/** A NUL-terminated string for a call into the C library; bytes are kept as they are. */
export function cString(text: string | Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(1)]);
}
