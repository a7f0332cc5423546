/** Follows an image from its digest to its configuration, through any indexes. */
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import {
  parseImageDocument,
  parseManifest,
  type Descriptor,
  type ImageDocument,
  type Manifest,
} from "./documents.ts";
import type { DocumentLink, ImageSource, ReadOptions } from "./image-source.ts";
import { choosePlatform, fittingPlatform, formatPlatform, hostPlatform, type Platform } from "./platform.ts";

export interface ReadImage {
  readonly manifest: Manifest;
  readonly image: ImageDocument;
  /** Every document on the way, the outermost first: what has to be kept for reading it again. */
  readonly documents: readonly { readonly digest: Digest; readonly content: Uint8Array }[];
}

/**
 * Where several entries of an index may be meant, those that turn out to be for other machines are passed over. Throws
 * NO_MATCHING_PLATFORM, and what the documents' parsers and `source` throw.
 */
export async function readImage(
  source: Pick<ImageSource, "document">,
  top: DocumentLink,
  options: ReadOptions = {},
): Promise<ReadImage> {
  let left = maxDocuments;
  const read = async (link: DocumentLink): Promise<Document> => {
    if (left-- === 0) throw invalid(`it takes more than ${maxDocuments} documents to find it in its indexes`);
    return { digest: link.digest, content: await source.document(link, options) };
  };
  return follow(top, { read, host: hostPlatform(), depth: 1 });
}

type Document = ReadImage["documents"][number];

interface Search {
  readonly read: (link: DocumentLink) => Promise<Document>;
  readonly host: Platform;
  readonly depth: number;
}

const maxDepth = 4;
const maxDocuments = 32;

async function follow(link: DocumentLink, { read, host, depth }: Search): Promise<ReadImage> {
  if (depth > maxDepth) throw invalid(`its indexes are nested more than ${maxDepth} deep`);
  const document = await read(link);
  const manifest = parseManifest(document.content, link.mediaType);
  if (manifest.kind === "manifest") {
    const config = await read(manifest.config);
    const image = parseImageDocument(config.content);
    checkImage(image, manifest, host);
    return { manifest, image, documents: [document, config] };
  }
  const entries = manifest.manifests.filter((entry) => !isAttestation(entry));
  let passedOver: TallymanError | undefined;
  for (const entry of fittingPlatform(entries, host)) {
    try {
      const found = await follow(entry, { read, host, depth: depth + 1 });
      return { ...found, documents: [document, ...found.documents] };
    } catch (error) {
      if (!(error instanceof TallymanError) || error.code !== "NO_MATCHING_PLATFORM") throw error;
      passedOver ??= error;
    }
  }
  const offered = entries.flatMap((entry) => entry.platform ?? []);
  throw passedOver ?? noPlatform(host, offered);
}

/** BuildKit's statements about an image, which lie beside it in the index. */
function isAttestation({ annotations }: Descriptor): boolean {
  return annotations["vnd.docker.reference.type"] === "attestation-manifest";
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
