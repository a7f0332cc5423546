/**
 * Refuses an image in which /proc, /sys or /dev is anything but a folder: links in their place have led runtimes to mount
 * over the host's (CVE-2025-31133 and its kin). Where it has none at all, one is made.
 */
import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";

export interface UnpackedLayer {
  readonly digest: Digest;
  readonly folder: string;
}

/** `layers`, the base first. Throws BAD_IMAGE, which names the layer and its entry. */
export function assertPlainPlaces(layers: readonly UnpackedLayer[]): void {
  for (const name of ["proc", "sys", "dev"]) {
    const shown = layers
      .map(({ digest, folder }) => ({ digest, path: join(folder, name) }))
      .map((entry) => ({ ...entry, stat: lstatSync(entry.path, { throwIfNoEntry: false }) }))
      .findLast(({ stat }) => stat !== undefined);
    if (shown?.stat === undefined || shown.stat.isDirectory() || isWhiteout(shown.stat)) continue;
    const what = shown.stat.isSymbolicLink() ? `a link to ${readlinkSync(shown.path)}` : "not a folder";
    throw new TallymanError("BAD_IMAGE", `layer ${shown.digest}: its entry ${name} is ${what}`, {
      hint: "What the kernel shows is mounted there: such an image can attack the host. Use another one.",
    });
  }
}

/** What a layer has taken away is, unpacked, a device 0/0. */
function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}
