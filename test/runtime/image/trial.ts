/** A store in a folder of its own, and images to put into it. */
import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../../src/model/ids.ts";
import { openImageStore } from "../../../src/runtime/image/store.ts";
import type { RegistrySettings } from "../../../src/runtime/settings.ts";
import type { ImageStore } from "../../../src/runtime/image/types.ts";
import { buildImage, type ImageFile } from "../../support/build-image.ts";

export const quickRegistries: RegistrySettings = {
  hostDirs: [],
  credentialsDir: "/nonexistent",
  patience: { answerMs: 2_000, bodyMs: 2_000, backoffMs: 1, waitMs: 3_000 },
};

export interface Trial extends AsyncDisposable {
  /** Goes away with everything in it. */
  readonly dir: string;
  readonly dataDir: string;
  readonly store: ImageStore;
  /** The store, opened anew. */
  reopen(): Promise<ImageStore>;
  /** Builds an image, pulls it by its path, and returns its layers' folders. */
  pullLayers(...layers: (readonly ImageFile[] | Uint8Array)[]): Promise<readonly string[]>;
  /** What a person would call an image being there, in part or in whole: names, layers, unfinished files. */
  visible(): Promise<readonly string[]>;
}

/** By default registries are given up soon, and nobody's credentials and no host's settings are looked at. */
export async function openTrial(registries: Partial<RegistrySettings> = {}): Promise<Trial> {
  const folder = await mkdtempDisposable(join(tmpdir(), "images-"));
  const dir = folder.path;
  const dataDir = join(dir, "data");
  const settings = { ...quickRegistries, credentialsDir: join(dir, "none"), ...registries };
  const reopen = (): Promise<ImageStore> =>
    openImageStore({ dataDir, runDir: join(dir, "run") }, { registries: settings });
  const store = await reopen();
  return {
    dir,
    dataDir,
    store,
    reopen,
    pullLayers: async (...layers) => {
      const path = join(dir, "image");
      await buildImage({ dir: path, layers });
      const digest: Digest = await store.pull(path);
      return (await store.open(digest)).layers;
    },
    visible: async () => {
      const folders = ["names", "layers", "ingest"];
      const found = await Promise.all(folders.map((name) => readdir(join(dataDir, name))));
      return found.flat();
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}
