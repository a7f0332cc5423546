/** What happens to images, told where it is done. */
import type { ImageStore, ImageSummary } from "../image/types.ts";
import type { ImageHappening } from "./event.ts";
import { recordEvent } from "./journal.ts";

/** The same store; whatever happens to its images comes into the journal. */
export function tellingImages(dataDir: string, images: ImageStore): ImageStore {
  const tell = (kind: ImageHappening["kind"], summaries: readonly Omit<ImageHappening, "kind">[]): void => {
    for (const { image, digest } of summaries)
      recordEvent(dataDir, { kind, image, ...(digest && { digest }) });
  };
  const named = (summaries: readonly ImageSummary[]): readonly Omit<ImageHappening, "kind">[] =>
    summaries.map(({ reference, digest }) => ({ image: reference, digest }));
  return {
    ...images,
    pull: async (image, options) => {
      const digest = await images.pull(image, options);
      tell("pull", [{ image, digest }]);
      return digest;
    },
    load: async (path, options) => {
      const loaded = await images.load(path, options);
      tell("load", named(loaded));
      return loaded;
    },
    remove: async (image) => {
      const removal = await images.remove(image);
      tell("image-remove", named(removal.names));
      return removal;
    },
    prune: async (options) => {
      const result = await images.prune(options);
      tell("image-remove", named(result.names));
      return result;
    },
  };
}
