/** What left the image store, as text and as a versioned document. Pure. */
import type { ImageRemoval, PruneResult } from "../../runtime/image/types.ts";
import { imageName } from "./image-name.ts";

/** One line for each name. */
export function removedLines({ names }: ImageRemoval): string {
  return names.map(({ reference, digest }) => `${imageName(reference)}@${digest}\n`).join("");
}

/** Fields are only ever added. */
export function removalJson(removal: ImageRemoval | PruneResult): string {
  const { names, ...rest } = removal;
  const removed = names.map(({ reference, digest }) => ({ reference, digest }));
  return `${JSON.stringify({ formatVersion: 1, removed, ...rest }, null, 2)}\n`;
}
