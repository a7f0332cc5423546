import { describe, expect, test } from "vitest";
import { imageKeeper, leasesOf } from "../../src/agent/keep-images.ts";
import { digest, revisionId, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { continueRollout } from "../../src/reconcile/step/rollout.ts";
import type { DesiredStack } from "../../src/reconcile/types.ts";
import type { ImageLease } from "../../src/runtime/image/types.ts";
import { aStack, source } from "../reconcile/build.ts";

const image = (letter: string): ReturnType<typeof digest> => digest(`sha256:${letter.repeat(64)}`);

function desired(revision: string): DesiredStack {
  return { stack: aStack("web", {}), source, revision: revisionId(revision.repeat(12)) };
}

/** The rollout to `revision` after `remembered`, with an image named after it once it is there. */
function rollout(revision: string, remembered?: Rollout, phase: Rollout["phase"] = "done"): Rollout {
  const nothing = { outcomes: [], containers: [], images: {} };
  const begun = continueRollout(desired(revision), { ...nothing, remembered, now: 0 });
  return { ...begun, phase, images: { app: image(revision) } };
}

/** Done, and what the letter `instead` stands for is kept in its place. */
function useless(letter: string, instead: string): Rollout {
  const { revision, stack: name, images } = rollout(letter);
  const stack = aStack(name, {});
  const before = { revision, stack, images: rollout(instead).images };
  return { ...rollout(letter), good: { revision, stack, images, instead: before } };
}

/** What is leased for the stack, by letter. */
function leased(...rollouts: readonly Rollout[]): readonly string[] {
  return leasesOf(rollouts).flatMap(({ images }) => images.map((each) => each.slice(7, 8)));
}

describe("a stack keeps the images of", () => {
  const first = rollout("a");
  const second = rollout("b", first);
  test.each([
    ["its first revision", [first], ["a"]],
    ["its revision and the one that stood before", [second], ["a", "b"]],
    ["no more than these", [rollout("c", second)], ["b", "c"]],
    [
      "the last that stood, whatever failed since",
      [rollout("d", rollout("c", second, "failed"))],
      ["b", "d"],
    ],
    ["both while it is on its way", [rollout("b", first, "rolling")], ["a", "b"]],
    ["the one to go back to instead of what is of no use", [useless("c", "b")], ["b", "c"]],
    ["nothing, where there is no such stack", [], []],
  ])("%s", (_, rollouts, expected) => {
    expect(leased(...rollouts)).toEqual(expected);
  });
});

test("leases are written when they change, and given up with the stack, those of others untouched", async () => {
  const store = new Map<string, readonly string[]>([
    ["stack gone", [image("f")]],
    ["somebody else", [image("e")]],
  ]);
  let writes = 0;
  const keep = imageKeeper({
    leases: () =>
      Promise.resolve(
        [...store].map(([holder, images]): ImageLease => ({ holder, images: images.map(digest) })),
      ),
    lease: (holder, images) => {
      writes++;
      store.set(holder, images);
      return Promise.resolve();
    },
    release: (holder) => Promise.resolve(void store.delete(holder)),
  });
  const web = { ...rollout("a"), stack: stackName("web") };
  await keep([web]);
  await keep([web]);
  expect(store).toEqual(
    new Map([
      ["somebody else", [image("e")]],
      ["stack web", [image("a")]],
    ]),
  );
  expect(writes).toBe(1);
  await keep([]);
  expect([...store.keys()]).toEqual(["somebody else"]);
});
