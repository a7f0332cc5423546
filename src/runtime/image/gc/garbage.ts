/** What may leave the store: everything that no root leads to. Pure. */
import { TallymanError } from "../../../model/error.ts";
import type { Digest } from "../../../model/ids.ts";
import type { StoreParts } from "../parts.ts";

export interface GarbageInput {
  /** What is there. */
  readonly present: StoreParts;
  /** The images that someone needs. */
  readonly roots: readonly Root[];
  /** What is needed part by part: by pulls that are under way. */
  readonly held: StoreParts;
}

export interface Root {
  /** A container or a lease cannot be without its image; a name that has lost its own can be pulled again. */
  readonly kind: "name" | "container" | "lease";
  /** Of the name, the container, the holder of the lease. */
  readonly name: string;
  readonly image: Digest;
  /** Undefined where the image's documents cannot be read. */
  readonly parts: StoreParts | undefined;
}

export interface Garbage extends StoreParts {
  /** Not empty: what these need cannot be known, so nothing is garbage. */
  readonly unknown: readonly Root[];
}

export function findGarbage({ present, roots, held }: GarbageInput): Garbage {
  const unknown = roots.filter(({ kind, parts }) => parts === undefined && kind !== "name");
  if (unknown.length > 0) return { blobs: [], layers: [], unknown };
  const needed = [held, ...roots.flatMap(({ parts }) => parts ?? [])];
  const blobs = new Set(needed.flatMap((parts) => parts.blobs));
  const layers = new Set(needed.flatMap((parts) => parts.layers));
  for (const { image } of roots) blobs.add(image);
  return {
    blobs: present.blobs.filter((blob) => !blobs.has(blob)),
    layers: present.layers.filter((layer) => !layers.has(layer)),
    unknown,
  };
}

/** Throws STORE_DAMAGED: someone needs an image of which nobody can say what it is made of. */
export function assertKnown({ unknown: [first] }: Garbage): void {
  if (!first) return;
  throw new TallymanError(
    "STORE_DAMAGED",
    `the image ${first.image} of ${first.kind} ${first.name} cannot be read: what it needs is not known`,
    { hint: "Nothing was removed. `tallyman fsck` says what is damaged; a pull of that image mends it." },
  );
}
