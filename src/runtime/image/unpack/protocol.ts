/** What the unpacking child is told on its standard input, and answers on its standard output: one JSON text each. */
import type { Digest } from "../../../model/ids.ts";
import type { LayerLimits } from "../limits.ts";

export interface UnpackRequest {
  /** The child ends when this process, its parent, does. */
  readonly parentPid: number;
  /** An empty folder, which becomes the layer's root. */
  readonly target: string;
  /** Roots of the layers below, the topmost first. */
  readonly lower: readonly string[];
  /** What the uncompressed archive must hash to. */
  readonly diffId: Digest;
  /** Of the compressed blob. */
  readonly blobBytes: number;
  readonly limits: LayerLimits;
}

export type UnpackAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly hint?: string | undefined;
    };

/** The compressed blob, opened by the parent. The child moves its position, by which the parent sees how far it is. */
export const blobFd = 3;
