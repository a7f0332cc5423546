/** What is mounted into a container with a user namespace: under its ids, and read-only from the start. */
import { messageOf, TallymanError } from "../../../model/error.ts";
import { makeClone } from "../../isolation/clones.ts";
import type { ReadyBind, ReadyMount } from "../spec/mounts.ts";

export interface MapMountsOptions {
  /** Path of the user namespace. */
  readonly userNamespace: string;
  /** For the mounts that come in place of the sources, until the container is made. */
  readonly folder: string;
}

/** Throws MOUNT_REFUSED, which names the mount, where its file system cannot take on other ids. */
export async function mapMounts(
  mounts: readonly ReadyMount[],
  options: MapMountsOptions,
): Promise<readonly ReadyMount[]> {
  const mapped: ReadyMount[] = [];
  for (const mount of mounts) mapped.push(mount.kind === "bind" ? await mapBind(mount, options) : mount);
  return mapped;
}

/**
 * Read-only with all that is mounted below. The runtime, with the rights of the namespace alone, could not make a mount
 * read-only that has other flags.
 */
async function mapBind(mount: ReadyBind, { userNamespace, folder }: MapMountsOptions): Promise<ReadyBind> {
  const { source, readOnly, ownIds = false, recursive, ...rest } = mount;
  if (!readOnly && !ownIds) return mount;
  try {
    const map = ownIds ? { userNamespace } : {};
    const clone = await makeClone(folder, { source, readOnly, recursive: recursive !== "disabled", ...map });
    return { ...rest, source: clone, readOnly: false };
  } catch (error) {
    throw new TallymanError(
      "MOUNT_REFUSED",
      `cannot mount ${source} at ${mount.target} in a user namespace: ${messageOf(error)}`,
      {
        hint:
          "Its file system, or one mounted below it, or the kernel cannot show files under other ids: ext4, xfs and " +
          "btrfs can from Linux 5.19 on, tmpfs from 6.3 on. Write `userns_mode: host` for this service to do without.",
        cause: error,
      },
    );
  }
}
