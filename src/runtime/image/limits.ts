/** How much is taken from whoever made an archive. Each limit is well above what the largest known images need. */

/** Of one entry's extended headers (PAX, GNU long names), and of the global ones in force. Go's reader has the same. */
export const maxExtendedBytes = 1024 ** 2;

export interface LayerLimits {
  /** Of the uncompressed archive. */
  readonly maxBytes: number;
  /** Uncompressed to compressed, beyond the first `ratioFreeBytes`. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
  /** Together with the folders that only the paths of others imply: each takes an inode. */
  readonly maxEntries: number;
  /** Of the paths of all folders and whiteouts: they are kept in memory until the end. */
  readonly maxPathBytes: number;
}

export const layerLimits: LayerLimits = {
  maxBytes: 64 * 1024 ** 3, // models and data sets of some tens of gigabytes are shipped as one layer
  maxRatio: 250, // of real layers rarely above 20; deflate ends at 1032, zstd has no end
  ratioFreeBytes: 256 * 1024 ** 2, // a file of zeros may be a sound one, and this much does no harm
  maxEntries: 2_000_000, // a monorepo's node_modules has some 300,000
  maxPathBytes: 256 * 1024 ** 2, // 300,000 folders with paths of 80 bytes take a tenth of it
};
