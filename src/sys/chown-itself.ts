/** Gives what is open another owner, also where it is a symbolic link or opened with O_PATH. fchownat(2). */
import { check, libc } from "./libc.ts";

const fchownat = libc(
  "int fchownat(int folder, const char *path, unsigned int uid, unsigned int gid, int flags)",
);
const emptyPath = new Uint8Array(1);
const atEmptyPath = 0x1000;

export function chownItself(fd: number, uid: number, gid: number): void {
  check(fchownat(fd, emptyPath, uid, gid, atEmptyPath), "fchownat", `descriptor ${fd}`);
}
