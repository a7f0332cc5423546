import { describe, expect, test } from "vitest";
import { digest } from "../../../../src/model/ids.ts";
import { findDamage, type StoreFacts } from "../../../../src/runtime/image/fsck/finding.ts";
import type { LayerKey } from "../../../../src/runtime/image/layers.ts";
import type { ImageUser } from "../../../../src/runtime/image/types.ts";

const blob = (letter: string): ReturnType<typeof digest> => digest(`sha256:${letter.repeat(64)}`);
const layer = "1234" as LayerKey;
const image = blob("a");
const name = { reference: "app:v1", digest: image, sizeBytes: 1, pulledAt: 0, path: "names/app.json" };
const container: ImageUser = { kind: "container", name: "web-1", image };
const lease: ImageUser = { kind: "lease", name: "stack web", image };

/** An image of a manifest, one blob and one layer, all there. */
const sound: StoreFacts = {
  names: [name],
  users: [],
  images: new Map([[image, { blobs: [image, blob("b")], layers: [layer] }]]),
  blobs: new Map([
    [image, "sound"],
    [blob("b"), "sound"],
  ]),
  layers: new Map([[layer, "complete"]]),
  damaged: [],
  unknownUsers: [],
  strays: [],
};

/** A line for each finding: what it is, and what goes or the hint. */
function found(facts: Partial<StoreFacts>): readonly string[] {
  return findDamage({ ...sound, ...facts }).map(
    ({ kind, remove, hint }) => `${kind}: ${remove.length > 0 ? `remove ${remove.join(" ")}` : (hint ?? "")}`,
  );
}

const layerIs = (state: "unmarked" | { altered: string }): Partial<StoreFacts> => ({
  layers: new Map([[layer, state]]),
});
const without = new Map([[image, "sound"]] as const);
const changed = new Map([
  [image, "sound"],
  [blob("b"), "changed"],
] as const);
const dropBlob = `remove blobs/sha256/${"b".repeat(64)}`;

describe("a check finds", () => {
  test.each<[string, Partial<StoreFacts>, readonly string[]]>([
    ["nothing in a sound store", {}, []],
    ["nothing in a sound store that is in use", { users: [container, lease] }, []],
    ["what was left over", { strays: ["ingest/x"] }, ["stray: remove ingest/x"]],
    [
      "a record that cannot be read",
      { damaged: [{ path: "names/x", message: "it is damaged" }] },
      ["damaged-record: remove names/x"],
    ],
    [
      "a name whose image is gone",
      { blobs: new Map(), images: new Map([[image, undefined]]) },
      ["incomplete-image: remove names/app.json"],
    ],
    ["an image that lacks a blob", { blobs: without }, ["incomplete-image: remove names/app.json"]],
    ["an image that lacks a layer", { layers: new Map() }, ["incomplete-image: remove names/app.json"]],
    [
      "a changed blob, and the image that has it",
      { blobs: changed },
      [`changed-blob: ${dropBlob}`, "incomplete-image: remove names/app.json"],
    ],
    [
      "a layer without its mark, and the image that has it",
      layerIs("unmarked"),
      ["unmarked-layer: remove layers/1234", "incomplete-image: remove names/app.json"],
    ],
    [
      "a layer that was altered, and the image that has it",
      layerIs({ altered: "x" }),
      ["altered-layer: remove layers/1234", "incomplete-image: remove names/app.json"],
    ],
    [
      "a changed blob of an image in use: the blob goes, the name stays, and a pull mends it",
      { blobs: changed, users: [container, lease] },
      [
        `changed-blob: ${dropBlob}`,
        "incomplete-image: container web-1, stack web needs it: `tallyman pull app:v1` mends it.",
      ],
    ],
    [
      "an altered layer that a container may be running on: it stays",
      { ...layerIs({ altered: "x" }), users: [container] },
      [expect.stringMatching(/^altered-layer: It may be in use by web-1: .*down/) as string],
    ],
    [
      "an altered layer, where it is not known what a container uses: it stays",
      { ...layerIs({ altered: "x" }), unknownUsers: ["the record of web-2 is damaged"] },
      [
        "damaged-record: Take that container away.",
        expect.stringMatching(/^altered-layer: It may be in use by a container/) as string,
      ],
    ],
    [
      "an altered layer that is only leased: it goes",
      { ...layerIs({ altered: "x" }), users: [lease] },
      [
        "altered-layer: remove layers/1234",
        "incomplete-image: stack web needs it: `tallyman pull app:v1` mends it.",
      ],
    ],
  ])("%s", (_, facts, expected) => {
    expect(found(facts)).toEqual(expected);
  });
});
