import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/runtime/image/digest.ts";
import { hostPlatform } from "../../../src/runtime/image/platform.ts";
import { readImage } from "../../../src/runtime/image/read-image.ts";

const here = hostPlatform();
const elsewhere = { os: "linux", architecture: "s390x" };
const types = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
};

/** Documents by their digests, and how often they are read. */
class Documents {
  readonly #contents = new Map<string, Buffer>();
  reads = 0;

  add(
    mediaType: string,
    value: object,
  ): { mediaType: string; digest: ReturnType<typeof digestOf>; size: number } {
    const content = Buffer.from(JSON.stringify(value));
    this.#contents.set(digestOf(content), content);
    return { mediaType, digest: digestOf(content), size: content.length };
  }

  image(platform: object, label: string): ReturnType<Documents["add"]> {
    const rootfs = { type: "layers", diff_ids: [] };
    const config = this.add(types.config, { ...platform, rootfs, config: { Labels: { label } } });
    return this.add(types.manifest, { schemaVersion: 2, config, layers: [] });
  }

  index(...manifests: readonly object[]): ReturnType<Documents["add"]> {
    return this.add(types.index, { schemaVersion: 2, manifests });
  }

  async labelOf(top: ReturnType<Documents["add"]>): Promise<string | undefined> {
    const found = await readImage({ document: ({ digest }) => this.#read(digest) }, top);
    return found.image.config.labels["label"];
  }

  #read(digest: string): Promise<Uint8Array> {
    this.reads++;
    return Promise.resolve(this.#contents.get(digest) ?? Buffer.alloc(0));
  }
}

describe("of an index", () => {
  test("the image for this machine is read", async () => {
    const documents = new Documents();
    const top = documents.index(
      { ...documents.image(elsewhere, "other"), platform: elsewhere },
      { ...documents.image(here, "ours"), platform: here },
    );
    expect(await documents.labelOf(top)).toBe("ours");
  });

  test("the one that an index in it has is found, wherever it is", async () => {
    const documents = new Documents();
    const others = documents.index({ ...documents.image(elsewhere, "other"), platform: elsewhere });
    const ours = documents.index({ ...documents.image(here, "ours"), platform: here });
    expect(await documents.labelOf(documents.index(others, ours))).toBe("ours");
    expect(await documents.labelOf(documents.index(documents.index(ours)))).toBe("ours");
  });

  test("entries that say nothing are passed over where they are for other machines", async () => {
    const documents = new Documents();
    const top = documents.index(documents.image(elsewhere, "other"), documents.image(here, "ours"));
    expect(await documents.labelOf(top)).toBe("ours");
  });

  test("an attestation is no image", async () => {
    const documents = new Documents();
    const annotations = { "vnd.docker.reference.type": "attestation-manifest" };
    const top = documents.index(
      { ...documents.image(here, "attestation"), annotations },
      documents.image(here, "ours"),
    );
    expect(await documents.labelOf(top)).toBe("ours");
  });

  test("that is nested too deep nothing is read", async () => {
    const documents = new Documents();
    let top = documents.image(here, "ours");
    for (let depth = 0; depth < 4; depth++) top = documents.index(top);
    await expect(documents.labelOf(top)).rejects.toMatchObject({ code: "INVALID_MANIFEST" });
  });

  test("that leads nowhere only so much is read", async () => {
    const documents = new Documents();
    const dead = Array.from({ length: 100 }, (_, i) => documents.image(elsewhere, `${i}`));
    await expect(documents.labelOf(documents.index(...dead))).rejects.toMatchObject({
      code: "INVALID_MANIFEST",
    });
    expect(documents.reads).toBeLessThan(40);
  });

  test("that has nothing for this machine it is said what it has", async () => {
    const documents = new Documents();
    const top = documents.index({ ...documents.image(elsewhere, "other"), platform: elsewhere });
    await expect(documents.labelOf(top)).rejects.toMatchObject({
      code: "NO_MATCHING_PLATFORM",
      message: expect.stringContaining("linux/s390x") as string,
    });
  });
});
