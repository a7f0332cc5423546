/** An image on its way: bars per layer on a terminal, one line per finished layer elsewhere. */
import type { LayerProgress } from "../../runtime/image/types.ts";
import { layerBar, shortDigest } from "./layer-bar.ts";
import type { Terminal } from "./terminal.ts";
import { sizeText } from "./units.ts";

export interface PullView extends Disposable {
  layer(progress: LayerProgress): void;
}

export async function showPull({ stderr, err }: Terminal, reference: string): Promise<PullView> {
  const layers = new Map<string, LayerProgress>();
  if (!stderr.isTTY) {
    return {
      layer: (progress) => {
        const { digest, phase, totalBytes } = progress;
        const isNew = phase === "done" && layers.get(digest)?.phase !== "done";
        layers.set(digest, progress);
        if (isNew) err(`  layer ${shortDigest(digest)} of ${reference} ${sizeText(totalBytes)}\n`);
      },
      [Symbol.dispose]: () => undefined,
    };
  }
  const { createLogUpdate } = await import("log-update");
  const view = createLogUpdate(stderr, { showCursor: true });
  return {
    layer: (progress) => {
      layers.set(progress.digest, progress);
      view(
        [`  … ${reference}`, ...[...layers.values()].map((layer) => `      ${layerBar(layer)}`)].join("\n"),
      );
    },
    [Symbol.dispose]: () => view.clear(),
  };
}
