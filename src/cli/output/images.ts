/** Images as a table and as the versioned document of `images --format json`. Pure. */
import type { StoredImage } from "../../runtime/image/types.ts";
import { imageName } from "./image-name.ts";
import { table } from "./table.ts";
import { durationText, sizeText } from "./units.ts";

export function imagesTable(list: readonly StoredImage[], now: number): string {
  const rows = list.map((image) => [
    image.reference === undefined ? "<none>" : imageName(image.reference),
    image.digest.slice("sha256:".length, "sha256:".length + 12),
    sizeText(image.sizeBytes),
    image.pulledAt === undefined ? "-" : `${durationText(now - image.pulledAt)} ago`,
    usersText(image),
  ]);
  return `${table(["IMAGE", "DIGEST", "SIZE", "PULLED", "USED BY"], rows)}\n`;
}

/** Fields are only ever added. Sizes are compressed ones, in bytes. */
export function imagesJson(list: readonly StoredImage[]): string {
  const images = list.map(({ reference, digest, sizeBytes, uniqueBytes, pulledAt, isWhole, users }) => ({
    reference: reference ?? null,
    digest,
    sizeBytes,
    uniqueBytes,
    pulledAt: pulledAt === undefined ? null : new Date(pulledAt).toISOString(),
    whole: isWhole,
    usedBy: users.map(({ kind, name }) => ({ kind, name })),
  }));
  return `${JSON.stringify({ formatVersion: 1, images }, null, 2)}\n`;
}

const mostNames = 3;

/** Containers before leases: a lease is for those that may come back. */
function usersText({ isWhole, users }: StoredImage): string {
  const names = users.map(({ kind, name }) => (kind === "container" ? name : `${name} (lease)`));
  const more = names.length > mostNames ? [`${names.length - mostNames} more`] : [];
  const text = [...names.slice(0, mostNames), ...more].join(", ") || "-";
  return isWhole ? text : `${text}; incomplete, pull it again`;
}
