/** That a revision can be brought back: its images are leased for it, but a disk or a person may have lost one. */
import { entryOf } from "../model/entry-of.ts";
import { TallymanError } from "../model/error.ts";
import type { Digest, StackName } from "../model/ids.ts";
import type { KeptRevision } from "../model/rollout.ts";
import { formatReference, parseReference } from "../runtime/image/reference.ts";

/**
 * @param isStored Whether an image is here, ready to run.
 * @throws TallymanError `IMAGE_GONE`
 */
export async function requireImages(
  stack: StackName,
  { revision, stack: { services }, images }: KeptRevision,
  isStored: (image: Digest) => Promise<boolean>,
): Promise<void> {
  for (const reference of new Set(services.map(({ container }) => container.image))) {
    const digest = entryOf(images, reference);
    if (digest === undefined || (await isStored(digest))) continue;
    throw new TallymanError(
      "IMAGE_GONE",
      `stack ${stack} cannot go back to ${revision}: ${reference} (${digest}) is not here any more`,
      { hint: hintFor(reference, { stack, digest }) },
    );
  }
}

function hintFor(
  reference: string,
  { stack, digest }: { readonly stack: StackName; readonly digest: Digest },
): string {
  const parsed = parseReference(reference);
  const others = `\`tallyman rollout history ${stack}\` shows what else it may go back to.`;
  if (parsed.kind === "path") return `\`tallyman load\` the image that it was then. ${others}`;
  const { kind, registry, repository } = parsed;
  return `\`tallyman pull ${formatReference({ kind, registry, repository, digest })}\` brings it back. ${others}`;
}
