import { describe, expect, test } from "vitest";
import { digest, type Digest } from "../../../../src/model/ids.ts";
import { findGarbage, type Root } from "../../../../src/runtime/image/gc/garbage.ts";
import type { LayerKey } from "../../../../src/runtime/image/layers.ts";
import { noParts, type StoreParts } from "../../../../src/runtime/image/parts.ts";

/** Blobs and layers by one letter each: `a b` are two blobs, `A B` two layers. */
function parts(letters: string): StoreParts {
  const each = letters.split(" ").filter((letter) => letter !== "");
  return {
    blobs: each.filter((letter) => letter >= "a").map(blob),
    layers: each.filter((letter) => letter < "a").map((letter) => letter as LayerKey),
  };
}

function blob(letter: string): Digest {
  return digest(`sha256:${letter.charCodeAt(0).toString(16).repeat(32)}`);
}

function letters({ blobs, layers }: StoreParts): string {
  const all = "abcdefghijklmnopqrstuvwxyz".split("");
  return [...all.filter((letter) => blobs.includes(blob(letter))), ...layers].join(" ");
}

/** The image whose manifest is the first letter. */
function root(kind: Root["kind"], made: string | undefined, image = made?.slice(0, 1) ?? "x"): Root {
  return { kind, name: "someone", image: blob(image), parts: made === undefined ? undefined : parts(made) };
}

describe("what may leave the store", () => {
  test.each<[string, { present: string; roots: readonly Root[]; held?: string }, string]>([
    ["everything, where nobody needs anything", { present: "a b A", roots: [] }, "a b A"],
    ["nothing that a name leads to", { present: "a b c A B", roots: [root("name", "a b A")] }, "c B"],
    [
      "nothing that a container runs on",
      { present: "a b c A B", roots: [root("container", "a b A")] },
      "c B",
    ],
    ["nothing that is leased", { present: "a b c A B", roots: [root("lease", "a b A")] }, "c B"],
    [
      "not what another image shares",
      { present: "a b c d A B C", roots: [root("name", "a b A B"), root("lease", "c b A C")] },
      "d",
    ],
    [
      "not what a pull has brought or is about to look for",
      { present: "a b A", roots: [], held: "b A z" },
      "a",
    ],
    [
      "what is left of a named image that is broken, but for its first document",
      { present: "a b A", roots: [root("name", undefined, "a")] },
      "b A",
    ],
    [
      "nothing at all, where it cannot be known what a container needs",
      { present: "a b A", roots: [root("container", undefined, "a"), root("name", "b")] },
      "",
    ],
    [
      "nothing at all, where it cannot be known what a lease needs",
      { present: "a", roots: [root("lease", undefined)] },
      "",
    ],
  ])("%s", (_, { present, roots, held }, expected) => {
    const found = findGarbage({
      present: parts(present),
      roots,
      held: held === undefined ? noParts : parts(held),
    });
    expect(letters(found)).toBe(expected);
  });

  test("and it is said whose needs are not known", () => {
    const lost = root("container", undefined, "a");
    expect(findGarbage({ present: parts("b"), roots: [lost], held: noParts }).unknown).toEqual([lost]);
  });
});
