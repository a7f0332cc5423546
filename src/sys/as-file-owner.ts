/** Makes files and mounts as another user, with all of root's capabilities. setfsuid(2). */
import { SystemError, check, libc } from "./libc.ts";

const setfsuid = libc("int setfsuid(unsigned int id)");
const setfsgid = libc("int setfsgid(unsigned int id)");
const capget = libc("int capget(void *header, void *sets)");
const capset = libc("int capset(void *header, const void *sets)");

/** _LINUX_CAPABILITY_VERSION_3, this thread. */
const capabilityHeader = (): Uint8Array => new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer);
const capabilitySetsBytes = 24;

/** Changes nothing, and returns what is in force. */
const noId = 0xffff_ffff;

/**
 * Runs `work`, which must be synchronous: the ids belong to this thread and are taken back before anything else can run
 * on it. Other threads are never touched. The kernel takes root's powers over files away with a change of id; they are
 * given back for the time of `work`.
 */
export function asFileOwner<T>(id: number, work: () => T): T {
  const capabilities = new Uint8Array(capabilitySetsBytes);
  check(capget(capabilityHeader(), capabilities), "capget", "this thread");
  try {
    setfsgid(id);
    setfsuid(id);
    if (setfsuid(noId) !== id || setfsgid(noId) !== id) throw new SystemError("setfsuid", `${id}`, 1);
    check(capset(capabilityHeader(), capabilities), "capset", "this thread");
    return work();
  } finally {
    setfsuid(0);
    setfsgid(0);
    check(capset(capabilityHeader(), capabilities), "capset", "this thread");
  }
}
