/** Which image of the store a person means. Pure. */
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import type { ImageSummary } from "./types.ts";
import { hexOf } from "./digest.ts";
import { formatReference, parseReference } from "./reference.ts";

export interface SelectedImage {
  readonly digest: Digest;
  /** The one that was given, or where it was given by its digest all that it has. */
  readonly names: readonly ImageSummary[];
}

/** A digest may be given by its first digits, with or without `sha256:`. Fewer would be guesses. */
const digestStart = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/**
 * A name, a digest, or the beginning of a digest; a name wins. `others` are images that have no name. Throws
 * INVALID_REFERENCE, IMAGE_NOT_FOUND and AMBIGUOUS_REFERENCE.
 */
export function selectStored(
  text: string,
  { names, others }: { readonly names: readonly ImageSummary[]; readonly others: readonly Digest[] },
): SelectedImage {
  const start = digestStart.exec(text)?.[1];
  const reference = start !== undefined && text.startsWith("sha256:") ? undefined : parseReference(text);
  const name = names.find((each) => reference && each.reference === formatReference(reference));
  if (name) return { digest: name.digest, names: [name] };

  const exact = reference?.kind === "registry" ? reference.digest : undefined;
  const known = [...new Set([...names.map((each) => each.digest), ...others])].sort();
  const found = known.filter(
    (each) => each === exact || (start !== undefined && hexOf(each).startsWith(start)),
  );
  const [digest, ...further] = found;
  if (digest === undefined) {
    throw new TallymanError("IMAGE_NOT_FOUND", `there is no image ${text} in the store`, {
      hint: "`tallyman images` lists those that are there.",
    });
  }
  if (further.length > 0) {
    throw new TallymanError("AMBIGUOUS_REFERENCE", `${text} could be any of ${found.length} images`, {
      hint: `Give more digits: ${found.join(", ")}.`,
    });
  }
  return { digest, names: names.filter((each) => each.digest === digest) };
}
