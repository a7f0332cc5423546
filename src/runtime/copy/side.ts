/** One of the two sides of a copy: a container as it sees itself, or this machine. */
import { codeOf, messageOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { openRoot } from "../container/root/open-root.ts";
import { requireRunning } from "../container/require-running.ts";
import type { RuntimePaths } from "../types.ts";
import { mappedOwners, sameOwners, type Owners } from "./owners.ts";

export interface Side {
  /** Its root, within which all its paths are resolved. */
  readonly root: string;
  /** For messages: `in container web`. */
  readonly name: string;
  readonly owners: Owners;
  /** Who owns what is copied there; as the side sees it. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Whether setuid, setgid and capabilities may come with a copy that changes its owner. */
  readonly keepsSetId: boolean;
}

export const thisMachine: Side = {
  root: "/",
  name: "on this machine",
  owners: sameOwners,
  owner: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
  keepsSetId: false,
};

/** Throws NO_SUCH_CONTAINER, NOT_RUNNING. */
export function containerSide(paths: RuntimePaths, id: ContainerId): Side & Disposable {
  const record = running(paths, id);
  const root = openRoot(record);
  const { ids } = record.isolation;
  return {
    root: root.path,
    name: `in container ${record.name}`,
    owners: ids ? mappedOwners(ids) : sameOwners,
    owner: { uid: 0, gid: 0 },
    keepsSetId: true,
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

function running(paths: RuntimePaths, id: ContainerId): ReturnType<typeof requireRunning> {
  try {
    return requireRunning(paths, id);
  } catch (error) {
    if (codeOf(error) !== "NOT_RUNNING") throw error;
    throw new TallymanError("NOT_RUNNING", messageOf(error), {
      hint: "Its files can be reached while it runs, and its volumes at any time.",
      cause: error,
    });
  }
}
