/** A side's own ids for the owners of files, and those that this process sees. */
import { TallymanError } from "../../model/error.ts";
import { asFileOwner } from "../../sys/as-file-owner.ts";
import type { IdRange } from "../../sys/pinned-namespace.ts";

export interface Owners {
  /** From what this process sees. */
  inside(id: number): number;
  /** Throws USER_OUT_OF_RANGE. */
  outside(id: number): number;
  /** Makes a name in a folder; `work` must be synchronous. */
  create<T>(work: () => T): T;
}

/** Without a user namespace, all see the same. */
export const sameOwners: Owners = { inside: (id) => id, outside: (id) => id, create: (work) => work() };

/** In a user namespace, a file system knows no other ids than `ids`, nor lets others make anything. */
export function mappedOwners({ first, count }: IdRange): Owners {
  return {
    inside: (id) => (id >= first && id < first + count ? id - first : nobody),
    outside: (id) => {
      if (id < count) return first + id;
      throw new TallymanError("USER_OUT_OF_RANGE", `the container's user namespace has no id ${id}`, {
        hint: "Copy without --archive, or give the file an owner that it has.",
      });
    },
    create: (work) => asFileOwner(first, work),
  };
}

/** As the kernel shows what a namespace has no id for. */
const nobody = 65_534;
