/** The OCI image layout (OCI image-spec, image-layout.md), in a folder or an archive. */
import { verified, hexOf } from "../digest.ts";
import { maxDocumentBytes, parseManifest } from "../documents.ts";
import { indexTypes } from "../media-types.ts";
import { skipBytes } from "../skip-bytes.ts";
import type { DiskImages } from "./types.ts";
import { invalidImage, type FileTree } from "./file-tree.ts";

/** Undefined where there is no `index.json`. */
export async function layoutImages(tree: FileTree): Promise<DiskImages | undefined> {
  const content = await tree.read("index.json", maxDocumentBytes);
  if (!content) return undefined;
  const index = parseManifest(content, indexTypes[0]);
  if (index.kind !== "index") throw invalidImage("its index.json is not an index");
  const blobPath = (digest: Parameters<typeof hexOf>[0]): string => `blobs/sha256/${hexOf(digest)}`;
  return {
    images: index.manifests.map((top) => ({
      top,
      names: nameAnnotations.flatMap((key) => top.annotations[key] ?? []).slice(0, 1),
    })),
    source: {
      document: async ({ digest }) => {
        const document = await tree.read(blobPath(digest), maxDocumentBytes);
        if (!document) throw invalidImage(`it has no ${blobPath(digest)}`);
        return verified(document, digest);
      },
      blob: ({ digest }, { start = 0 } = {}) => skipBytes(start, tree.stream(blobPath(digest))),
    },
  };
}

/** The first is a whole reference; the second often only a tag. */
const nameAnnotations = ["io.containerd.image.name", "org.opencontainers.image.ref.name"] as const;
