import { describe, expect, it } from "vitest";
import { requireImages } from "../../src/agent/require-images.ts";
import { revisionId, stackName } from "../../src/model/ids.ts";
import type { KeptRevision } from "../../src/model/rollout.ts";
import { aStack, digestOf } from "../reconcile/build.ts";

const shop = stackName("shop");
const references = ["registry.example:5000/shop/web:2", "busybox:1", "/images/db.tar:9"] as const;
const [web, proxy, db] = references;

const kept: KeptRevision = {
  revision: revisionId("0123456789ab"),
  stack: aStack("shop", { web: { image: web }, proxy: { image: proxy }, db: { image: db } }),
  images: Object.fromEntries(references.map((reference) => [reference, digestOf(reference)])),
};

describe("a revision that is to be brought back", () => {
  it("can be where all of its images are here", async () => {
    await expect(requireImages(shop, kept, () => Promise.resolve(true))).resolves.toBeUndefined();
  });

  it.each([
    [web, `\`tallyman pull registry.example:5000/shop/web@${digestOf(web)}\` brings it back.`],
    [proxy, `\`tallyman pull docker.io/library/busybox@${digestOf(proxy)}\` brings it back.`],
    [db, "`tallyman load` the image that it was then."],
  ])("cannot be without %s, and says how to mend that", async (gone, hint) => {
    const isStored = (image: string): Promise<boolean> => Promise.resolve(image !== digestOf(gone));
    await expect(requireImages(shop, kept, isStored)).rejects.toMatchObject({
      code: "IMAGE_GONE",
      message: `stack shop cannot go back to 0123456789ab: ${gone} (${digestOf(gone)}) is not here any more`,
      hint: `${hint} \`tallyman rollout history shop\` shows what else it may go back to.`,
    });
  });
});
