/**
 * Images of the store as the files of an OCI image layout (image-layout.md) that is a Docker archive, too: beside
 * `index.json` it has the `manifest.json` of `docker save`, whose layers are the same blobs. Pure.
 */
import type { Digest } from "../../../model/ids.ts";
import { hexOf } from "../digest.ts";
import type { Manifest } from "../documents.ts";
import { indexTypes, ociManifestType } from "../media-types.ts";
import { parseReference } from "../reference.ts";

export interface SavedImage {
  readonly digest: Digest;
  /** References; those that are paths of this machine mean nothing elsewhere and are left out. */
  readonly names: readonly string[];
  /** The outermost document. */
  readonly top: { readonly content: Uint8Array };
  readonly manifest: Manifest;
}

/** The small files by path. The same images give the same bytes, in whatever order they are given. */
export function layoutFiles(images: readonly SavedImage[]): ReadonlyMap<string, Buffer> {
  const sorted = images.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const manifests = sorted.flatMap((image) => descriptors(image));
  return new Map([
    ["index.json", json({ schemaVersion: 2, mediaType: indexTypes[0] ?? "", manifests })],
    ["manifest.json", json(sorted.map(dockerImage))],
    ["oci-layout", json({ imageLayoutVersion: "1.0.0" })],
  ]);
}

export function blobFile(blob: Digest): string {
  return `blobs/sha256/${hexOf(blob)}`;
}

/** One for each name: containerd, Docker and we read the first annotation, skopeo and Podman the second. */
function descriptors({ digest, names, top }: SavedImage): readonly object[] {
  const descriptor = { mediaType: mediaTypeOf(top.content), digest, size: top.content.length };
  const portable = names.filter((name) => parseReference(name).kind === "registry").toSorted();
  if (portable.length === 0) return [descriptor];
  return portable.map((name) => ({
    ...descriptor,
    annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name },
  }));
}

function dockerImage({ names, manifest }: SavedImage): object {
  const tags = names.filter((name) => {
    const reference = parseReference(name);
    return reference.kind === "registry" && reference.digest === undefined;
  });
  return {
    Config: blobFile(manifest.config.digest),
    RepoTags: tags.length === 0 ? null : tags.toSorted(),
    Layers: manifest.layers.map(({ digest }) => blobFile(digest)),
  };
}

/** It was parsed before; older OCI documents do not say what they are. */
function mediaTypeOf(content: Uint8Array): string {
  const document = JSON.parse(Buffer.from(content).toString("utf8")) as Readonly<Record<string, unknown>>;
  if (typeof document["mediaType"] === "string") return document["mediaType"];
  return "manifests" in document ? (indexTypes[0] ?? "") : ociManifestType;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
