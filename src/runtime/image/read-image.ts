/** Follows an image from its digest to its configuration, through any indexes. */
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import {
  parseImageDocument,
  parseManifest,
  type Descriptor,
  type ImageDocument,
  type Index,
  type Manifest,
} from "./documents.ts";
import type { DocumentLink, ImageSource, ReadOptions } from "./image-source.ts";
import { choosePlatform, formatPlatform, hostPlatform, type Platform } from "./platform.ts";

export interface ReadImage {
  readonly manifest: Manifest;
  readonly image: ImageDocument;
  /** Every document on the way, the outermost first: what has to be kept for reading it again. */
  readonly documents: readonly { readonly digest: Digest; readonly content: Uint8Array }[];
}

/** Throws NO_MATCHING_PLATFORM, and what the documents' parsers and `source` throw. */
export async function readImage(
  source: Pick<ImageSource, "document">,
  top: DocumentLink,
  options: ReadOptions = {},
): Promise<ReadImage> {
  const host = hostPlatform();
  const documents: ReadImage["documents"][number][] = [];
  const read = async (link: DocumentLink): Promise<Uint8Array> => {
    const content = await source.document(link, options);
    documents.push({ digest: link.digest, content });
    return content;
  };
  let link = top;
  for (let depth = 0; depth < maxDepth; depth++) {
    const manifest = parseManifest(await read(link), link.mediaType);
    if (manifest.kind === "manifest") {
      const image = parseImageDocument(await read(manifest.config));
      checkImage(image, manifest, host);
      return { manifest, image, documents };
    }
    link = chooseManifest(manifest, host);
  }
  throw invalid(`its indexes are nested more than ${maxDepth} deep`);
}

const maxDepth = 4;

function chooseManifest(index: Index, host: Platform): Descriptor {
  const chosen = choosePlatform(index.manifests, host);
  if (chosen) return chosen;
  throw noPlatform(
    host,
    index.manifests.flatMap((entry) => entry.platform ?? []),
  );
}

function checkImage(image: ImageDocument, manifest: Manifest, host: Platform): void {
  const { platform, diffIds } = image;
  if (!choosePlatform([{ platform }], host)) throw noPlatform(host, [platform]);
  if (diffIds.length !== manifest.layers.length) {
    throw invalid(`its manifest has ${manifest.layers.length} layers, its configuration ${diffIds.length}`);
  }
}

function noPlatform(host: Platform, offered: readonly Platform[]): TallymanError {
  const names = offered.map(formatPlatform).filter((name) => name !== "unknown/unknown");
  return new TallymanError(
    "NO_MATCHING_PLATFORM",
    `it is made for ${names.join(", ") || "no platform at all"}, and this machine is ${formatPlatform(host)}`,
    { hint: "Choose a tag that was built for this machine, or build the image for it." },
  );
}

function invalid(why: string): TallymanError {
  return new TallymanError("INVALID_MANIFEST", why, {
    hint: "The image was made by a faulty tool. Build it anew.",
  });
}
