/** Archives that no tool would write: headers changed byte by byte, under a checksum that is right again. */

/** The archive with the header at `offset` changed. */
export function withHeader(tar: Uint8Array, change: (header: Buffer) => void, offset = 0): Buffer {
  const changed = Buffer.from(tar);
  const header = changed.subarray(offset, offset + 512);
  change(header);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return changed;
}
