/** Whether an image will fit, asked before any of it is fetched. */
import { statfs } from "node:fs/promises";
import { TallymanError } from "../../model/error.ts";
import type { Descriptor } from "./documents.ts";

export interface LayerToCome {
  readonly descriptor: Pick<Descriptor, "sizeBytes" | "mediaType">;
  /** Its blob is here. */
  readonly isFetched: boolean;
  /** It is unpacked. */
  readonly isUnpacked: boolean;
}

/** What compressed layers of programs and libraries grow to; texts grow more. An estimate that errs on the low side. */
const growth = 2;

/** Blobs to be fetched, and what they and others will be when they are unpacked. Pure. */
export function bytesToCome(layers: readonly LayerToCome[]): number {
  return layers.reduce((sum, { descriptor: { sizeBytes, mediaType }, isFetched, isUnpacked }) => {
    const unpacked = /gzip|zstd/.test(mediaType) ? sizeBytes * growth : sizeBytes;
    return sum + (isFetched ? 0 : sizeBytes) + (isUnpacked ? 0 : unpacked);
  }, 0);
}

/** Throws DISK_FULL, with what is needed and what is free. */
export async function assertRoom(dataDir: string, layers: readonly LayerToCome[]): Promise<void> {
  const needed = bytesToCome(layers);
  const { blocks, bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  if (needed <= free || blocks === 0) return; // some file systems do not say
  throw new TallymanError(
    "DISK_FULL",
    `it needs about ${megabytes(needed)} in ${dataDir}, and ${megabytes(free)} are free`,
    { hint: "Nothing was fetched. `tallyman image prune --all --dry-run` says what could make room." },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB (${bytes} bytes)`;
}
