import { describe, expect, test } from "vitest";
import { bytesToCome, type LayerToCome } from "../../../src/runtime/image/disk-space.ts";

const tar = "application/vnd.oci.image.layer.v1.tar";

function layer(
  sizeBytes: number,
  mediaType: string,
  here: "" | "fetched" | "unpacked" | "both" = "",
): LayerToCome {
  return {
    descriptor: { sizeBytes, mediaType },
    isFetched: here === "fetched" || here === "both",
    isUnpacked: here === "unpacked" || here === "both",
  };
}

describe("an image takes", () => {
  test.each<[string, readonly LayerToCome[], number]>([
    ["nothing without layers", [], 0],
    ["its blob and the same again, where that is not compressed", [layer(100, tar)], 200],
    ["its blob and twice that, where it is", [layer(100, `${tar}+gzip`)], 300],
    ["the same for zstd", [layer(100, `${tar}+zstd`)], 300],
    ["no blob that is here", [layer(100, `${tar}+gzip`, "fetched")], 200],
    ["only the blob of a layer that is unpacked", [layer(100, `${tar}+gzip`, "unpacked")], 100],
    ["nothing for a layer that is here", [layer(100, `${tar}+gzip`, "both"), layer(1, tar)], 2],
  ])("%s", (_, layers, bytes) => {
    expect(bytesToCome(layers)).toBe(bytes);
  });
});
