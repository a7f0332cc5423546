/** The IPC namespace and /dev/shm of a container that others can join: kept for its life, not for one run alone. */
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, rmdir } from "node:fs/promises";
import { codeOf } from "../../../model/error.ts";
import { isMounted } from "../../../sys/is-mounted.ts";
import { mountTmpfs } from "../../../sys/mount.ts";
import { isPinned, pinIpcNamespace, unpinNamespace } from "../../../sys/pinned-namespace.ts";
import { unmount } from "../../../sys/unmount.ts";
import type { RuntimePaths } from "../../types.ts";
import { layoutOf, type ContainerLayout } from "../layout.ts";
import type { ContainerRecord } from "../record.ts";
import type { UserNamespace } from "../spec/build-spec.ts";
import { defaultShmSizeBytes } from "../spec/mounts.ts";

export interface SharedIpcOptions {
  readonly record: ContainerRecord;
  /** Whose root rules the namespace and passes to the folder. */
  readonly userNamespace: UserNamespace | undefined;
}

/** Makes what is not there yet. Undefined where the container shares none of its own. */
export async function prepareSharedIpc(
  paths: RuntimePaths,
  { record: { id, spec }, userNamespace }: SharedIpcOptions,
): Promise<ContainerLayout["ipc"] | undefined> {
  if (spec.ipc !== "shareable") return undefined;
  const { ipc } = layoutOf(paths, id);
  const rootId = userNamespace?.ids.first ?? 0;
  await mkdir(ipc.sharedMemory, { recursive: true, mode: 0o700 });
  await chown(ipc.folder, 0, rootId);
  await chmod(ipc.folder, 0o710);
  if (!(await isPinned(ipc.namespace))) await pinIpcNamespace(ipc.namespace, userNamespace?.path);
  if (!(await isMounted(ipc.sharedMemory))) {
    const size = spec.shmSizeBytes ?? defaultShmSizeBytes;
    mountTmpfs(ipc.sharedMemory, `mode=1777,size=${size},uid=${rootId},gid=${rootId}`);
  }
  return ipc;
}

/** Safe to repeat, and no error where there is none. Who joined keeps what it has. */
export async function removeSharedIpc({
  folder,
  namespace,
  sharedMemory,
}: ContainerLayout["ipc"]): Promise<void> {
  if (!existsSync(folder)) return;
  while (unmount(sharedMemory)) continue;
  await unpinNamespace(namespace);
  for (const path of [sharedMemory, folder]) {
    await rmdir(path).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
  }
}
