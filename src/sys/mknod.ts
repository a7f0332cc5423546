/** Device nodes and fifos. */
import { constants } from "node:fs";
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const mknodCall = libc("int mknod(const char *path, unsigned int mode, unsigned long device)");

export type Node =
  | { readonly kind: "fifo" }
  | { readonly kind: "character" | "block"; readonly major: number; readonly minor: number };

/** mknod(2) with mode 0, for the caller to set. */
export function mknod(path: Uint8Array, node: Node): void {
  const device = node.kind === "fifo" ? 0n : deviceNumber(node);
  check(mknodCall(cString(path), fileTypes[node.kind], device), "mknod", Buffer.from(path).toString());
}

const fileTypes = {
  fifo: constants.S_IFIFO,
  character: constants.S_IFCHR,
  block: constants.S_IFBLK,
} as const;

/** As makedev(3) of glibc lays it out. */
function deviceNumber(device: { readonly major: number; readonly minor: number }): bigint {
  const major = BigInt(device.major);
  const minor = BigInt(device.minor);
  return (
    ((major & 0xfffff000n) << 32n) |
    ((major & 0xfffn) << 8n) |
    ((minor & 0xffffff00n) << 12n) |
    (minor & 0xffn)
  );
}
