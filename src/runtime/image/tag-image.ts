/** Gives an image that is in the store a further name. */
import { TallymanError } from "../../model/error.ts";
import type { ImageSummary } from "./types.ts";
import { blobReader } from "./blobs.ts";
import { surveyStore, type ContainerUsers } from "./gc/survey.ts";
import { writeName } from "./names.ts";
import { readImage } from "./read-image.ts";
import { formatReference, parseReference } from "./reference.ts";
import { selectStored } from "./select-stored.ts";
import { lockStore } from "./store-lock.ts";

/** What had the name before loses it. Throws INVALID_REFERENCE, and what `selectStored` and `readImage` throw. */
export async function tagImage(
  dataDir: string,
  { image, name }: { readonly image: string; readonly name: string },
  containers: ContainerUsers,
): Promise<ImageSummary> {
  const reference = parseReference(name);
  if (reference.kind === "path" || reference.digest !== undefined) {
    throw new TallymanError("INVALID_REFERENCE", `${name} cannot be given to an image`, {
      hint: "Write the new name as name:tag or host/name:tag.",
    });
  }
  await using _turn = await lockStore(dataDir, "exclusive");
  const { names, users } = await surveyStore(dataDir, containers);
  const { digest } = selectStored(image, { names, others: users.map((user) => user.image) });
  const { manifest } = await readImage(blobReader(dataDir), { digest });
  const known = names.find((each) => each.digest === digest);
  const sizeBytes = [manifest.config, ...manifest.layers].reduce((sum, blob) => sum + blob.sizeBytes, 0);
  const summary = {
    reference: formatReference(reference),
    digest,
    sizeBytes,
    pulledAt: known?.pulledAt ?? Date.now(),
  };
  await writeName(dataDir, summary);
  return summary;
}
