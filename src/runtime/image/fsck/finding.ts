/** What is wrong with a store, and what there is to do about it. Pure. */
import type { Digest } from "../../../model/ids.ts";
import type { ImageSummary, ImageUser } from "../types.ts";
import type { LayerKey } from "../layers.ts";
import type { StoreParts } from "../parts.ts";

export interface Finding {
  readonly kind:
    "damaged-record" | "changed-blob" | "unmarked-layer" | "altered-layer" | "incomplete-image" | "stray";
  /** What is wrong with what. */
  readonly message: string;
  /** Paths below the data directory: taking them away mends it, or makes the next pull do so. */
  readonly remove: readonly string[];
  /** Where nothing can be removed: what a person can do. */
  readonly hint?: string;
}

export interface StoreFacts {
  readonly names: readonly (ImageSummary & { readonly path: string })[];
  readonly users: readonly ImageUser[];
  /** Of every image that has a name or a user; undefined where its documents cannot be read. */
  readonly images: ReadonlyMap<Digest, StoreParts | undefined>;
  readonly blobs: ReadonlyMap<Digest, "sound" | "changed">;
  /** `altered`: it is not what its blob unpacks to. */
  readonly layers: ReadonlyMap<LayerKey, LayerState>;
  /** Names and leases that cannot be read. */
  readonly damaged: readonly { readonly path: string; readonly message: string }[];
  /** Containers whose record cannot be read: they may use any image. */
  readonly unknownUsers: readonly string[];
  readonly strays: readonly string[];
}

export type LayerState = "complete" | "unmarked" | { readonly altered: string };

/** In a fixed order: what is broken, then the images that suffer by it. */
export function findDamage(facts: StoreFacts): readonly Finding[] {
  const broken = [...changedBlobs(facts), ...badLayers(facts)];
  return [
    ...facts.strays.map((path): Finding => ({
      kind: "stray",
      message: `${path} is left over`,
      remove: [path],
    })),
    ...facts.damaged.map(({ path, message }): Finding => ({
      kind: "damaged-record",
      message,
      remove: [path],
    })),
    ...facts.unknownUsers.map((message): Finding => ({
      kind: "damaged-record",
      message,
      remove: [],
      hint: "Take that container away.",
    })),
    ...broken,
    ...incompleteImages(facts, new Set(broken.flatMap(({ remove }) => remove))),
  ];
}

export const blobFile = (blob: Digest): string => `blobs/sha256/${blob.slice("sha256:".length)}`;
export const layerFile = (layer: LayerKey): string => `layers/${layer}`;

/** No container reads blobs while it runs, and a changed one is of no use to anybody. */
function changedBlobs({ blobs }: StoreFacts): readonly Finding[] {
  return [...blobs]
    .filter(([, state]) => state === "changed")
    .map(([blob]) => ({
      kind: "changed-blob",
      message: `the blob ${blob} is not what its name says`,
      remove: [blobFile(blob)],
    }));
}

function badLayers(facts: StoreFacts): readonly Finding[] {
  return [...facts.layers].flatMap(([layer, state]): readonly Finding[] => {
    if (state === "complete") return [];
    const finding = {
      kind: state === "unmarked" ? "unmarked-layer" : "altered-layer",
      message:
        state === "unmarked"
          ? `the layer ${layer} has no mark that it is complete`
          : `the layer ${layer} is not what its image has: ${state.altered}`,
    } as const;
    const users = usersOf(facts, ({ layers }) => layers.includes(layer));
    if (users.length === 0 && facts.unknownUsers.length === 0)
      return [{ ...finding, remove: [layerFile(layer)] }];
    const who = users.map(({ name }) => name).join(", ") || "a container whose record is damaged";
    const hint = `It may be in use by ${who}: take that away (\`tallyman down\`), repair again, and bring it back.`;
    return [{ ...finding, remove: [], hint }];
  });
}

/** Containers whose image has such parts, or is not known. */
function usersOf({ users, images }: StoreFacts, has: (parts: StoreParts) => boolean): readonly ImageUser[] {
  return users.filter(({ kind, image }) => {
    const parts = images.get(image);
    return kind === "container" && (parts === undefined || has(parts));
  });
}

function incompleteImages(facts: StoreFacts, removed: ReadonlySet<string>): readonly Finding[] {
  return [...facts.images].flatMap(([image, parts]): readonly Finding[] => {
    const lack = lackOf(facts, { image, parts, removed });
    if (lack === undefined) return [];
    const names = facts.names.filter(({ digest }) => digest === image);
    const users = facts.users.filter((user) => user.image === image);
    const called = names.map(({ reference }) => reference).join(", ") || image;
    const message = `the image ${called} is not whole: ${lack}`;
    if (users.length === 0)
      return [{ kind: "incomplete-image", message, remove: names.map(({ path }) => path) }];
    const who = users.map(({ kind, name }) => (kind === "container" ? `container ${name}` : name)).join(", ");
    const [first] = names;
    const cure = first
      ? `\`tallyman pull ${first.reference}\` mends it`
      : "reconcile brings it again, or another one";
    return [{ kind: "incomplete-image", message, remove: [], hint: `${who} needs it: ${cure}.` }];
  });
}

interface Lacking {
  readonly image: Digest;
  readonly parts: StoreParts | undefined;
  /** By what is to be repaired. */
  readonly removed: ReadonlySet<string>;
}

function lackOf({ blobs, layers }: StoreFacts, { image, parts, removed }: Lacking): string | undefined {
  if (!blobs.has(image)) return "its manifest is missing";
  if (!parts) return "its manifest or configuration is missing or changed";
  const blob = parts.blobs.find((each) => !blobs.has(each) || removed.has(blobFile(each)));
  if (blob !== undefined) return `the blob ${blob} is ${blobs.has(blob) ? "changed" : "missing"}`;
  const layer = parts.layers.find((each) => !layers.has(each) || removed.has(layerFile(each)));
  return layer === undefined
    ? undefined
    : `the layer ${layer} is ${layers.has(layer) ? "damaged" : "missing"}`;
}
