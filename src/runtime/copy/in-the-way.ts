/** What may not make way for a copy. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { TallymanError } from "../../model/error.ts";
import type { OpenFile } from "../../sys/open-beneath.ts";
import { pathOnly } from "../../sys/openat2.ts";

export const inTheWayCode = "IN_THE_WAY";

export function inTheWay(why: string): TallymanError {
  return new TallymanError(inTheWayCode, why);
}

/** Throws IN_THE_WAY. `place` is a name in the folder that is open as `folder`. */
export function assertReplaceable(place: Buffer, folder: OpenFile): void {
  using present = openItself(place);
  const stats = fstatSync(present.fd);
  if (stats.isDirectory()) throw inTheWay("only a folder can be copied onto a folder");
  if (!stats.isFile() && !stats.isSymbolicLink()) throw inTheWay("devices and sockets are not replaced");
  // With a mount of our own namespace the kernel would say EBUSY; one of the container's it silently takes away.
  if (mountOf(present) !== mountOf(folder))
    throw inTheWay("something is mounted there, which cannot be replaced");
}

/** With O_PATH; also where it is a link. */
export function openItself(place: Buffer): OpenFile {
  const fd = openSync(place, pathOnly | constants.O_NOFOLLOW);
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** Throws where the kernel does not tell, which it does since Linux 3.15. */
function mountOf({ fd }: OpenFile): string {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  if (id === undefined) throw new TallymanError("NO_MOUNT_ID", "/proc does not say what is mounted where");
  return id;
}
