/** Which image of a layout or archive a reference means. Pure. */
import { TallymanError } from "../../../model/error.ts";
import { hostPlatform, choosePlatform } from "../platform.ts";
import { formatReference, type PathReference } from "../reference.ts";
import type { DiskImage } from "./types.ts";

/**
 * The one that is named by the reference's tag, or the only one there is; among several for different platforms, the
 * one for this machine. Throws IMAGE_NOT_FOUND and AMBIGUOUS_REFERENCE, which list what is there.
 */
export function selectImage(images: readonly DiskImage[], reference: PathReference): DiskImage {
  const { path, tag } = reference;
  const candidates =
    tag === undefined ? images : images.filter((image) => image.names.some((name) => isNamed(name, tag)));
  const [first, ...others] = candidates;
  if (!first) {
    const what = `${path} has no image${tag === undefined ? "" : ` named ${tag}`}`;
    throw new TallymanError("IMAGE_NOT_FOUND", what, { hint: `It has: ${list(images)}.` });
  }
  if (others.every((image) => image.top.digest === first.top.digest)) return first;
  const described = candidates.map((image) => ({
    image,
    ...(image.top.platform && { platform: image.top.platform }),
  }));
  const chosen = described.every(({ platform }) => platform)
    ? choosePlatform(described, hostPlatform())
    : undefined;
  if (chosen) return chosen.image;
  throw new TallymanError(
    "AMBIGUOUS_REFERENCE",
    `${formatReference(reference)} could be one of several images`,
    {
      hint: `Say which by ${path}:<tag>. It has: ${list(images)}.`,
    },
  );
}

function isNamed(name: string, tag: string): boolean {
  return name === tag || name.endsWith(`:${tag}`);
}

function list(images: readonly DiskImage[]): string {
  return images.map((image) => image.names.join(", ") || image.top.digest).join("; ") || "nothing";
}
