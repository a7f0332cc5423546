/** The ids of the host that containers in user namespaces run under. */
import { readFileSync } from "node:fs";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { IdRange } from "../../sys/pinned-namespace.ts";

/** As many as images use: 65534 is nobody's. */
const idCount = 65_536;

/**
 * Where /etc/subuid and /etc/subgid say nothing of us. Above what useradd and systemd give out (to 1879048191), below
 * what systemd keeps for itself (from 2147352576).
 */
const unclaimedIds: IdRange = { first: 0x7000_0000, count: idCount };

const owner = "tallyman";

/** What /etc/subuid and /etc/subgid give to the user `tallyman`, who need not exist; else a range nobody else uses. */
export function containerIds(): IdRange {
  return rangeIn({ subuid: readIfThere("/etc/subuid"), subgid: readIfThere("/etc/subgid") });
}

export interface SubordinateIds {
  /** The texts of the files. */
  readonly subuid: string;
  readonly subgid: string;
}

/** Pure. Throws BAD_SUBORDINATE_IDS: half a reservation would let somebody else have the other half. */
export function rangeIn({ subuid, subgid }: SubordinateIds): IdRange {
  const [users, groups] = [firstOf(subuid), firstOf(subgid)];
  if (users === undefined && groups === undefined) return unclaimedIds;
  if (users !== undefined && users === groups) return { first: users, count: idCount };
  throw new TallymanError(
    "BAD_SUBORDINATE_IDS",
    `/etc/subuid and /etc/subgid do not give ${owner} the same range of ${idCount} ids or more`,
    { hint: `Write one line such as ${owner}:${unclaimedIds.first}:${idCount} into both, or into neither.` },
  );
}

/** NaN where there is an entry that is too small. */
function firstOf(text: string): number | undefined {
  const entry = text
    .split("\n")
    .map((line) => line.trim().split(":"))
    .find(([name]) => name === owner);
  if (!entry) return undefined;
  const [first, count] = entry.slice(1).map(Number);
  return first !== undefined && count !== undefined && first > 0 && count >= idCount ? first : Number.NaN;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
