/** One layer of an image on its way, as a line. Pure. */
import type { LayerProgress } from "../../runtime/image/types.ts";
import { sizeText } from "./units.ts";

const width = 24;

export function layerBar({ digest, phase, currentBytes, totalBytes }: LayerProgress): string {
  const share = totalBytes === 0 ? 1 : Math.min(currentBytes / totalBytes, 1);
  const full = Math.round(share * width);
  const bar = "█".repeat(full) + "░".repeat(width - full);
  return `${shortDigest(digest)}  ${bar}  ${phase.padEnd(11)} ${sizeText(currentBytes)} / ${sizeText(totalBytes)}`;
}

/** The first twelve digits: enough to tell layers apart. */
export function shortDigest(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
