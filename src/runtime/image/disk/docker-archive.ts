/**
 * What `docker save` writes: `manifest.json`, configurations and layers. It has no manifest with digests, so one is
 * made of what it has; the same archive gives the same digest every time.
 */
import { skipBytes } from "../skip-bytes.ts";
import { createHash } from "node:crypto";
import { digest, type Digest } from "../../../model/ids.ts";
import { isJsonArray, isJsonObject, type JsonValue } from "../../../model/json.ts";
import { digestOf } from "../digest.ts";
import { maxDocumentBytes, parseImageDocument } from "../documents.ts";
import { ociConfigType, ociLayerType, ociManifestType } from "../media-types.ts";
import type { DiskImage, DiskImages } from "./types.ts";
import { invalidImage, type FileTree } from "./file-tree.ts";

/** Undefined where there is no `manifest.json`. */
export async function dockerArchiveImages(tree: FileTree): Promise<DiskImages | undefined> {
  const content = await tree.read("manifest.json", maxDocumentBytes);
  if (!content) return undefined;
  const documents = new Map<Digest, Buffer>();
  const layerFiles = new Map<Digest, string>();
  const images: DiskImage[] = [];
  for (const saved of parseSaved(content)) {
    const config = await readDocument(tree, saved.config);
    const { diffIds } = parseImageDocument(config);
    const layers = [];
    for (const [i, file] of saved.layers.entries()) {
      const layer = await describeLayer(tree, { file, diffId: diffIds[i] });
      layerFiles.set(layer.digest, file);
      layers.push(layer);
    }
    const configLink = { mediaType: ociConfigType, digest: digestOf(config), size: config.length };
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: ociManifestType, config: configLink, layers }),
    );
    const top = digestOf(manifest);
    documents.set(configLink.digest, config).set(top, manifest);
    images.push({
      top: { mediaType: ociManifestType, digest: top, sizeBytes: manifest.length, annotations: {} },
      names: saved.names,
    });
  }
  return {
    images,
    source: {
      document: ({ digest }) => {
        const document = documents.get(digest);
        return document ? Promise.resolve(document) : Promise.reject(invalidImage(`it has no ${digest}`));
      },
      blob: (descriptor, { start = 0 } = {}) =>
        skipBytes(start, tree.stream(layerFiles.get(descriptor.digest) ?? descriptor.digest)),
    },
  };
}

interface SavedImage {
  readonly config: string;
  readonly names: readonly string[];
  readonly layers: readonly string[];
}

function parseSaved(content: Buffer): readonly SavedImage[] {
  const list = parseJson(content);
  if (list === undefined || !isJsonArray(list)) throw invalidImage("its manifest.json is not a list");
  return list.map((item) => {
    if (!isJsonObject(item) || typeof item["Config"] !== "string") {
      throw invalidImage("its manifest.json lists an image without Config");
    }
    return { config: item["Config"], names: texts(item["RepoTags"]), layers: texts(item["Layers"]) };
  });
}

/** Undefined where it is none. */
function parseJson(content: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(content.toString("utf8")) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Docker writes null for none. */
function texts(value: JsonValue | undefined): readonly string[] {
  return value !== undefined && isJsonArray(value) ? value.filter((item) => typeof item === "string") : [];
}

async function readDocument(tree: FileTree, name: string): Promise<Buffer> {
  const content = await tree.read(name, maxDocumentBytes);
  if (!content) throw invalidImage(`it has no file ${name}`);
  return content;
}

interface LayerLink {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Layers are not compressed as a rule, and their digest is then known; else it has to be computed. */
async function describeLayer(
  tree: FileTree,
  { file, diffId }: { readonly file: string; readonly diffId: Digest | undefined },
): Promise<LayerLink> {
  const size = await tree.size(file);
  if (size === undefined || diffId === undefined) throw invalidImage(`it has no file ${file}`);
  const isCompressed = compressed.test(
    Buffer.concat(await Array.fromAsync(tree.stream(file, { end: 4 }))).toString("hex"),
  );
  if (!isCompressed) return { mediaType: ociLayerType, digest: diffId, size };
  const hash = createHash("sha256");
  for await (const chunk of tree.stream(file)) hash.update(chunk);
  return { mediaType: `${ociLayerType}+gzip`, digest: digest(`sha256:${hash.digest("hex")}`), size };
}

/** What gzip and zstd begin with. */
const compressed = /^(?:1f8b|28b52ffd)/;
