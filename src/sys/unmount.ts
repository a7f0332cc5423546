/** umount2(2). */
import { codeOf } from "../model/error.ts";
import { check, libc } from "./libc.ts";

const umount2 = libc("int umount2(const char *target, int flags)");
const detach = 2;

/** Takes away the uppermost mount on `path`, at once by name and in truth when its last user goes. True if there was one. */
export function unmount(path: string): boolean {
  try {
    check(umount2(path, detach), "umount", path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EINVAL" || codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
