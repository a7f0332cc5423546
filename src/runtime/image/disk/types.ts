/** What a layout or archive on this machine has, whichever form it has. */
import type { Descriptor } from "../documents.ts";
import type { ImageSource } from "../image-source.ts";

export interface DiskImages {
  readonly images: readonly DiskImage[];
  readonly source: ImageSource;
}

export interface DiskImage {
  readonly top: Descriptor;
  /** As the file has them: a tag, or a whole reference. */
  readonly names: readonly string[];
}
