/** User namespaces, for containers that get one: the ids for them, and file systems that can show files under these. */
import { release } from "node:os";
import { messageOf, TallymanError } from "../../model/error.ts";
import { assertIdMappable } from "../../sys/clone-mount.ts";
import { withUserNamespace, type IdRange } from "../../sys/pinned-namespace.ts";
import { containerIds } from "../isolation/container-ids.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";
import { nearestFolder } from "./nearest-folder.ts";
import { isOlder, parseVersion } from "./version.ts";

export async function checkUserNamespaces({ dataDir }: RuntimePaths): Promise<Check> {
  if (process.getuid?.() !== 0) return judgeUserNamespaces({ kind: "not root" });
  const facts = { dataDir, kernel: release() };
  try {
    const ids = containerIds();
    await withUserNamespace(ids, (path) => {
      assertIdMappable(nearestFolder(dataDir), path);
    });
    return judgeUserNamespaces({ kind: "works", ...facts, ids });
  } catch (error) {
    if (!(error instanceof TallymanError)) throw error;
    return judgeUserNamespaces({ kind: "fails", ...facts, reason: messageOf(error) });
  }
}

export type UserNamespaceFacts =
  | { readonly kind: "not root" }
  | (Host & { readonly kind: "works"; readonly ids: IdRange })
  | (Host & { readonly kind: "fails"; readonly reason: string });

interface Host {
  readonly dataDir: string;
  /** As uname(2) has it. */
  readonly kernel: string;
}

/** From then on overlayfs takes layers under other ids. */
const firstKernel = "5.19";

/** Never `missing`: containers run without. */
export function judgeUserNamespaces(facts: UserNamespaceFacts): Check {
  const name = "user namespaces";
  if (facts.kind === "not root") {
    return { name, status: "warning", detail: "not looked at: only root can", remedy: "Run doctor as root." };
  }
  const [kernel, first] = [parseVersion(facts.kernel), parseVersion(firstKernel)];
  if (kernel && first && isOlder(kernel, first)) {
    return {
      name,
      status: "warning",
      detail: `Linux ${facts.kernel}: containers cannot have one before ${firstKernel}`,
      remedy: "Use a newer kernel; Debian 12 has 6.1.",
    };
  }
  if (facts.kind === "fails") {
    return {
      name,
      status: "warning",
      detail: `containers cannot have one: ${facts.reason}`,
      remedy: `It takes ${facts.dataDir} on ext4, xfs or btrfs, and /proc/sys/user/max_user_namespaces above 0.`,
    };
  }
  const { first: from, count } = facts.ids;
  return {
    name,
    status: "ok",
    detail: `containers can have them, with the host's ids ${from} to ${from + count - 1}`,
  };
}
