/**
 * Mounts a folder or file a second time, read-only or with its owners shifted through a user namespace's map: what is
 * id 0 on the disk is then the namespace's root, for reading and for writing. open_tree(2), mount_setattr(2).
 */
import { closeSync, openSync } from "node:fs";
import { check, libc } from "./libc.ts";

const openTree = libc("long syscall(long number, int folder, const char *path, unsigned int flags)");
const mountSetattr = libc(
  "long syscall(long number, int fd, const char *path, unsigned int flags, const void *attributes, size_t size)",
);
const moveMount = libc(
  "long syscall(long number, int fromFd, const char *from, int toFolder, const char *to, unsigned int flags)",
);

const numbers = { openTree: 428, moveMount: 429, mountSetattr: 442 } as const;
const workingFolder = -100;
const cloneTree = 0x1;
const closeOnExec = 0o2000000;
const recursively = 0x8000;
const emptyPath = 0x1000;
const moveOpened = 0x4;
const readOnlyAttribute = 0x1n;
const idMapAttribute = 0x100000n;
const privatePropagation = 0x40000n;

export interface CloneMount {
  readonly source: string;
  /** An existing folder, or file where `source` is one. */
  readonly target: string;
  /** Path of the user namespace whose map it is to have. */
  readonly userNamespace?: string;
  readonly readOnly?: boolean;
  /** With all that is mounted below `source`. */
  readonly recursive?: boolean;
}

/**
 * Throws a SystemError, for a map: EINVAL where the file system, or one that is mounted below, cannot have one or the
 * kernel is older than 5.12; EPERM where it has one already. What is mounted in one of the two never shows in the other.
 */
export function cloneMount(mount: CloneMount): void {
  withClone(mount, (tree) =>
    check(
      moveMount(numbers.moveMount, tree, "", workingFolder, mount.target, moveOpened),
      "move_mount",
      mount.target,
    ),
  );
}

/** Throws as {@link cloneMount} would, and mounts nothing. */
export function assertIdMappable(source: string, userNamespace: string): void {
  withClone({ source, userNamespace }, () => undefined);
}

/** A clone that is not mounted goes when its descriptor is closed. */
function withClone(mount: Omit<CloneMount, "target">, work: (tree: number) => void): void {
  const { source, recursive = false } = mount;
  const depth = recursive ? recursively : 0;
  const flags = cloneTree | closeOnExec | depth;
  const tree = check(openTree(numbers.openTree, workingFolder, source, flags), "open_tree", source);
  try {
    setAttributes(tree, mount, depth);
    work(tree);
  } finally {
    closeSync(tree);
  }
}

function setAttributes(
  tree: number,
  { source, userNamespace, readOnly = false }: Omit<CloneMount, "target">,
  depth: number,
): void {
  const namespace = userNamespace === undefined ? undefined : openSync(userNamespace, "r");
  try {
    const set = (readOnly ? readOnlyAttribute : 0n) | (namespace === undefined ? 0n : idMapAttribute);
    const fields = new BigUint64Array([set, 0n, privatePropagation, BigInt(namespace ?? 0)]);
    const attributes = new Uint8Array(fields.buffer);
    check(
      mountSetattr(numbers.mountSetattr, tree, "", emptyPath | depth, attributes, attributes.length),
      "mount_setattr",
      source,
    );
  } finally {
    if (namespace !== undefined) closeSync(namespace);
  }
}
