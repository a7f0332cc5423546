/** Tells how far a layer has come, and not too often. */
import type { LayerProgress } from "./types.ts";
import type { Descriptor } from "./documents.ts";

const leastIntervalMs = 100;

/** Every change of phase is reported; within a phase, at most one step in 100 ms. */
export function layerReporter(
  layer: Descriptor,
  onProgress: ((progress: LayerProgress) => void) | undefined,
): (phase: LayerProgress["phase"], currentBytes: number) => void {
  let last: LayerProgress["phase"] | undefined;
  let lastMs = -Infinity;
  return (phase, currentBytes) => {
    const nowMs = performance.now();
    if (phase === last && nowMs - lastMs < leastIntervalMs) return;
    last = phase;
    lastMs = nowMs;
    onProgress?.({ digest: layer.digest, phase, currentBytes, totalBytes: layer.sizeBytes });
  };
}
