/** Where an image can be read from: a registry, a layout or archive on disk, or our own store. */
import type { Descriptor } from "./documents.ts";

/** What leads to a document: its descriptor, or as much of one as is known. */
export type DocumentLink = Pick<Descriptor, "digest"> & Partial<Pick<Descriptor, "mediaType" | "sizeBytes">>;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface BlobOptions extends ReadOptions {
  /** Default: 0. */
  readonly start?: number;
}

export interface ImageSource {
  /** A manifest, index or configuration, its digest verified. */
  document(link: DocumentLink, options?: ReadOptions): Promise<Uint8Array>;
  /** A layer's bytes as they come, from `start` on; whoever reads them verifies them. */
  blob(descriptor: Descriptor, options?: BlobOptions): AsyncIterable<Uint8Array>;
}
