/** An empty volume begins with what the image has at its place, as in Docker. */
import { closeSync, constants, existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { openInRoot } from "../../sys/open-in-root.ts";
import { run } from "../../sys/run.ts";
import { contentOf } from "./volumes.ts";

const timeoutMs = 30 * 60_000;

/**
 * Copies the folder `target` of the mounted image in `root`, with the folder's own owner and mode, unless the volume
 * has content. A marker beside the content makes a copy that was interrupted begin anew.
 */
export async function fillVolume(
  volumeFolder: string,
  image: { readonly root: string; readonly target: string },
): Promise<void> {
  const content = contentOf(volumeFolder);
  const marker = join(volumeFolder, "filling");
  const present = await readdir(content);
  if (present.length > 0 && !existsSync(marker)) return;
  const source = openFolder(image.root, image.target);
  if (source === undefined) return;
  try {
    await writeFile(marker, "");
    for (const name of present) await rm(join(content, name), { recursive: true });
    // cp(1) keeps owners, modes, times, links, devices and attributes; descriptor 3 is the folder, whatever its path. It
    // dies with us: whoever comes after us begins anew, and must not have two of them in one volume.
    const copy = ["--pdeathsig", "KILL", "cp", "-a", "/proc/self/fd/3/.", content];
    await run("setpriv", copy, { fds: [source], timeoutMs });
    await run("sync", ["--file-system", content], { timeoutMs });
    await rm(marker);
  } finally {
    closeSync(source);
  }
}

/** Undefined where the image has no folder there. */
function openFolder(root: string, path: string): number | undefined {
  try {
    return openInRoot(root, path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
