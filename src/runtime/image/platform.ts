/** Which of an index's images runs here (OCI image-spec, image-index.md, "platform"). Pure. */

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** This machine's, in the words of images. */
export function hostPlatform(nodeArchitecture: string = process.arch): Platform {
  return { os: "linux", architecture: architectures[nodeArchitecture] ?? nodeArchitecture };
}

/**
 * The entries that may run here, the best first: of the right system and architecture by how good their variant is,
 * then those that do not say what they are for. An attestation (`unknown/unknown`) never does.
 */
export function fittingPlatform<Entry extends { readonly platform?: Platform }>(
  entries: readonly Entry[],
  host: Platform,
): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, rank: entry.platform ? rankOf(entry.platform, host) : lastRank }))
    .filter((candidate) => candidate.rank !== undefined)
    .sort((a, b) => (a.rank ?? lastRank) - (b.rank ?? lastRank))
    .map(({ entry }) => entry);
}

/** The best of them; undefined where none fits. */
export function choosePlatform<Entry extends { readonly platform?: Platform }>(
  entries: readonly Entry[],
  host: Platform,
): Entry | undefined {
  return fittingPlatform(entries, host)[0];
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant]
    .filter((part) => part !== undefined)
    .join("/");
}

/** Node's names where they differ from Go's, which images use. */
const architectures: Readonly<Partial<Record<string, string>>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
};

/** What runs here, the best first; none is the architecture's base. */
const variants: Readonly<Partial<Record<string, readonly (string | undefined)[]>>> = {
  amd64: [undefined, "v1"],
  arm64: ["v8", undefined],
  arm: ["v7", "v6", "v5", undefined],
};

const lastRank = 100;

function rankOf(platform: Platform, host: Platform): number | undefined {
  if (platform.os !== host.os || platform.architecture !== host.architecture) return undefined;
  const rank = (variants[host.architecture] ?? [undefined]).indexOf(platform.variant);
  return rank === -1 ? undefined : rank;
}
