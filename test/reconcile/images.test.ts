/** Which images a revision runs on, and what is fetched for it. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import { hashStack } from "../../src/model/spec-hash.ts";
import type { PullPolicy } from "../../src/model/stack.ts";
import { continueRollout } from "../../src/reconcile/step/rollout.ts";
import { resolveImages } from "../../src/reconcile/step/images.ts";
import type { ObservedImage } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";

const one = aStack("shop", { web: {} });
const [taken, since] = [digestOf("taken by the rollout"), digestOf("there since")];
const stored: ObservedImage = { digest: since, stored: true, onDisk: false };

function rolloutWith(images: Rollout["images"]): Rollout {
  const [desired] = desire(one).stacks;
  if (desired === undefined) throw new Error("there is one");
  const begun = continueRollout(desired, {
    ...{ remembered: undefined, outcomes: [], containers: [], images: {}, now },
  });
  return { ...begun, images };
}

function resolved(
  image: ObservedImage,
  images: Rollout["images"],
  policies: readonly PullPolicy[] = ["missing"],
) {
  const services = policies.flatMap((pullPolicy) => one.services.map((each) => ({ ...each, pullPolicy })));
  return resolveImages({ ...one, services }, rolloutWith(images), {
    ...emptyWorld,
    images: { "busybox:1": image },
  });
}

describe("an image that the rollout has taken", () => {
  const known = { "busybox:1": taken };
  it.each<[string, ObservedImage]>([
    ["stays what its name stood for then", stored],
    ["is what it holds now, where it is a folder", { ...stored, onDisk: true }],
  ])("%s", (_, image) => {
    const digest = image.onDisk ? since : taken;
    expect(resolved(image, known)).toEqual({ ready: { "busybox:1": digest }, missing: [], forbidden: [] });
  });
});

it("an image that the good revision has by its digest, too, is fetched again where it is gone", () => {
  const reference = `busybox@${taken}`;
  const stack = aStack("shop", { web: { image: reference } });
  const images = { [reference]: taken };
  const good = { revision: hashStack(stack), stack, images };
  expect(resolveImages(stack, { ...rolloutWith(images), good }, emptyWorld)).toEqual({
    ...{ ready: {}, missing: [reference], forbidden: [] },
  });
});

describe("an image that two services have, each with its policy", () => {
  it.each<[PullPolicy, PullPolicy, string]>([
    ["missing", "always", "fetched"],
    ["always", "missing", "fetched"],
    ["always", "never", "fetched"],
    ["missing", "never", "as it is here"],
    ["never", "missing", "as it is here"],
  ])("%s and %s: is %s", (first, second, what) => {
    const fetched = { ready: {}, missing: ["busybox:1"], forbidden: [] };
    const here = { ready: { "busybox:1": since }, missing: [], forbidden: [] };
    expect(resolved(stored, {}, [first, second])).toEqual(what === "fetched" ? fetched : here);
  });
});
