/** The user namespace of a container that is to have one. */
import { chmod, chown, stat } from "node:fs/promises";
import { chownSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { TallymanError } from "../../../model/error.ts";
import { isPinned, pinUserNamespace, type IdRange } from "../../../sys/pinned-namespace.ts";
import type { Engine } from "../engine.ts";
import { layoutOf } from "../layout.ts";
import { removeSharedIpc } from "./shared-ipc.ts";
import type { ContainerRecord } from "../record.ts";
import type { UserNamespace } from "../spec/build-spec.ts";
import type { OciProcess } from "../spec/oci-spec.ts";

/** Makes it where it is not there, and lets its root into the bundle. Undefined where the container has the host's. */
export async function prepareUserNamespace(
  engine: Engine,
  { id, isolation: { ids, sharedWith } }: ContainerRecord,
): Promise<UserNamespace | undefined> {
  if (!ids) return undefined;
  const { bundle } = layoutOf(engine.paths, id);
  const { userNamespace: path } = layoutOf(engine.paths, sharedWith ?? id);
  const isThere = await isPinned(path);
  if (!isThere && sharedWith !== undefined) {
    throw new TallymanError(
      "JOINED_CONTAINER_GONE",
      `container ${sharedWith}, whose user namespace is to be shared, is gone`,
      {
        hint: "What shares its namespaces has to be made anew, too.",
      },
    );
  }
  if (!isThere) {
    // What is left belongs to a namespace that is gone.
    await engine.network.detach(id);
    await removeSharedIpc(layoutOf(engine.paths, id).ipc);
    await pinUserNamespace(path, ids);
  }
  await chown(bundle, 0, ids.first);
  await chmod(bundle, 0o710);
  await assertWayTo(dirname(bundle));
  return { path, ids };
}

/** Throws where the process would run under an id that is not mapped, which no kernel allows. */
export function assertInRange({ uid, gid, additionalGids }: OciProcess["user"], { count }: IdRange): void {
  const outside = [uid, gid, ...additionalGids].find((id) => id >= count);
  if (outside === undefined) return;
  throw new TallymanError("USER_OUT_OF_RANGE", `id ${outside} is not one of the user namespace's ${count}`, {
    hint: "Use a user and groups with smaller ids, or write `userns_mode: host` for this service.",
  });
}

/**
 * Gives the process's pipes to its user: they are the monitor's, and can be used as they are, but not opened once more
 * by name, as programs do that log to /dev/stdout.
 */
export function givePipes(pid: number, { uid, gid }: OciProcess["user"], { first }: IdRange): void {
  for (const path of [0, 1, 2].map((fd) => `/proc/${pid}/fd/${fd}`)) {
    if (statSync(path).isFIFO()) chownSync(path, first + uid, first + gid);
  }
}

/** The OCI runtime goes to the root by its path, with no more rights than the namespace's root has. */
async function assertWayTo(folder: string): Promise<void> {
  if (((await stat(folder)).mode & 0o001) === 0) {
    throw new TallymanError("WAY_CLOSED", `containers in user namespaces cannot reach what is in ${folder}`, {
      hint: `Let everybody pass through it: chmod o+x ${folder}`,
    });
  }
  if (folder !== "/") await assertWayTo(dirname(folder));
}
