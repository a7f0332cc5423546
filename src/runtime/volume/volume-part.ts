/** A folder or file of a volume, to be mounted in place of the whole. */
import { closeSync } from "node:fs";
import { openInRoot } from "../../sys/open-in-root.ts";
import { pathOnly } from "../../sys/openat2.ts";
import { makeClone } from "../isolation/clones.ts";

/**
 * Mounts what is at `subpath` of the volume's `content` in `clones`, and returns where. Links are followed as if the
 * volume were the root; once it is mounted, whoever else writes to the volume cannot make it another place. Throws a
 * SystemError: ENOENT or ENOTDIR where nothing is there.
 */
export async function mountVolumePart(
  content: string,
  { subpath, clones }: { readonly subpath: string; readonly clones: string },
): Promise<string> {
  const fd = openInRoot(content, subpath, pathOnly);
  try {
    return await makeClone(clones, { source: `/proc/self/fd/${fd}`, recursive: true });
  } finally {
    closeSync(fd);
  }
}
