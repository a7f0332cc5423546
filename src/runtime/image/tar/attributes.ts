/** What a file, folder or node is beside its content. */
import type { Xattrs } from "./xattrs.ts";

export interface Attributes {
  /** With setuid, setgid and sticky bits. */
  readonly mode: number;
  /** As the side that it comes from sees its owner. */
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Of files and folders; as that side sees them. */
  readonly xattrs: Xattrs;
}
