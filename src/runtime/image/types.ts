/** Images as the rest of the runtime, and whoever opens it, sees them: plain data. */
import type { HealthcheckWish } from "../../model/healthcheck.ts";
import type { Digest } from "../../model/ids.ts";
import type { OpenLayout } from "./save/open-layout.ts";

export interface ImageReader {
  /**
   * What `reference` stands for here and now: a name in the store, or what a layout or archive on disk holds
   * (read, not stored). `stored` says whether it is ready to run. Undefined where it is not here at all.
   */
  find(reference: string): Promise<FoundImage | undefined>;
  /** Asks the registry for the digest, in memory, without storing anything. */
  resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<Digest>;
  /** Every image that is here by a name, or because a container or a lease needs it; sorted by name, then digest. */
  list(): Promise<readonly StoredImage[]>;
  /** What `prune` would take away. */
  prunable(options: PruneOptions): Promise<PruneResult>;
  /** The standing leases: those made by `lease`, sorted by holder. */
  leases(): Promise<readonly ImageLease[]>;
  /** Opens images (each a name, a digest, or the beginning of one) to be written elsewhere. */
  layout(images: readonly string[]): Promise<OpenLayout>;
}

export interface ImageStore extends ImageReader {
  /** Fetches from the registry, or loads from disk, verifies, unpacks; returns the manifest's digest. */
  pull(reference: string, options?: PullOptions): Promise<Digest>;
  /** Loads every image of a layout or archive at an absolute path. */
  load(path: string, options?: PullOptions): Promise<readonly ImageSummary[]>;
  /** An image that is ready to run. */
  open(digest: Digest): Promise<UnpackedImage>;
  /** Opens the image and runs `record`, which makes somebody its user, before anyone can take the image away. */
  claim<Result>(digest: Digest, record: (image: UnpackedImage) => Promise<Result>): Promise<Result>;
  /** Gives an image that is here (a name, a digest, or the beginning of one) a further name. */
  tag(image: string, name: string): Promise<ImageSummary>;
  /** Takes a name away, and with the last one the image. Throws IMAGE_IN_USE where somebody needs it. */
  remove(image: string): Promise<ImageRemoval>;
  /** Takes away what no name, container, lease or pull needs. */
  prune(options: PruneOptions): Promise<PruneResult>;
  /** Keeps images, named or not, until the lease of this holder is replaced or released. Durable. */
  lease(holder: string, images: readonly Digest[]): Promise<void>;
  release(holder: string): Promise<void>;
}

export interface FoundImage {
  readonly digest: Digest;
  readonly stored: boolean;
}

export interface ImageSummary {
  readonly reference: string;
  readonly digest: Digest;
  /** Compressed, as in the manifest. */
  readonly sizeBytes: number;
  readonly pulledAt: number;
}

/** An image in the store under one of its names. */
export interface StoredImage {
  /** Absent where it has no name any more. */
  readonly reference?: string;
  readonly digest: Digest;
  /** Of its blobs that are here: compressed. */
  readonly sizeBytes: number;
  /** What of it no other image here has. */
  readonly uniqueBytes: number;
  readonly pulledAt?: number;
  /** False where something that running it takes is missing: a pull mends it. */
  readonly isWhole: boolean;
  readonly users: readonly ImageUser[];
}

/** Who needs an image, other than by a name. */
export interface ImageUser {
  readonly kind: "container" | "lease";
  /** Of the container, or the holder of the lease. */
  readonly name: string;
  readonly image: Digest;
}

export interface ImageLease {
  /** Who holds it, in words: `stack hello`. */
  readonly holder: string;
  readonly images: readonly Digest[];
}

export interface ImageRemoval {
  /** The names that went. */
  readonly names: readonly ImageSummary[];
  /** On the disk. */
  readonly freedBytes: number;
}

export interface PruneOptions {
  /** Names, too, that no container and no lease uses; else only what has no name. */
  readonly all?: boolean;
  /** Only what came before this; milliseconds since the epoch. */
  readonly before?: number;
}

export interface PruneResult extends ImageRemoval {
  readonly blobs: number;
  readonly layers: number;
}

export interface PullOptions {
  readonly onProgress?: (progress: LayerProgress) => void;
  readonly signal?: AbortSignal;
}

export interface LayerProgress {
  readonly digest: Digest;
  readonly phase: "downloading" | "unpacking" | "done";
  readonly currentBytes: number;
  readonly totalBytes: number;
}

export interface UnpackedImage {
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Absolute paths of the layers' folders, the base first. */
  readonly layers: readonly string[];
}

/** OCI image-spec, config.md: the execution parameters, each with its default. */
export interface ImageConfig {
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly healthcheck?: HealthcheckWish;
}
