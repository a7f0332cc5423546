/** Takes a name away, and with an image's last name the image. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../../model/error.ts";
import { syncFolder } from "../../../sys/write-file.ts";
import type { ImageRemoval, ImageSummary, ImageUser } from "../types.ts";
import { diskUsage } from "../disk-usage.ts";
import { namePath } from "../names.ts";
import { noParts } from "../parts.ts";
import { selectStored } from "../select-stored.ts";
import { lockStore } from "../store-lock.ts";
import { discard, emptyTrash } from "../trash.ts";
import { findGarbage } from "./garbage.ts";
import { pathsOf } from "./paths.ts";
import { assertReadable, rootsOf, surveyStore, type ContainerUsers } from "./survey.ts";

/**
 * By its name, only that name goes where there are others; by its digest, all go. Throws IMAGE_IN_USE where a container
 * or a lease needs what would go, STORE_DAMAGED or DAMAGED_RECORD where that is not known, and what `selectStored` throws.
 */
export async function removeImage(
  dataDir: string,
  text: string,
  containers: ContainerUsers,
): Promise<ImageRemoval> {
  const { names, moved } = await lockedRemoval(dataDir, text, containers);
  const freedBytes = await diskUsage(moved);
  await emptyTrash(dataDir);
  return { names, freedBytes };
}

interface Moved {
  readonly names: readonly ImageSummary[];
  readonly moved: readonly string[];
}

async function lockedRemoval(dataDir: string, text: string, containers: ContainerUsers): Promise<Moved> {
  await using _turn = await lockStore(dataDir, "exclusive");
  const survey = await surveyStore(dataDir, containers);
  assertReadable(survey);
  const { digest, names } = selectStored(text, {
    names: survey.names,
    others: survey.users.map(({ image }) => image),
  });
  const isLast = survey.names.filter((name) => name.digest === digest).length === names.length;
  const users = survey.users.filter(({ image }) => image === digest);
  if (isLast && users.length > 0) throw inUse(text, users);
  await removeNames(dataDir, names);
  if (!isLast) return { names, moved: [] };
  const own = survey.parts.get(digest) ?? noParts;
  const garbage = findGarbage({ present: own, roots: rootsOf(survey, names), held: survey.held });
  return { names, moved: await discard(dataDir, pathsOf(dataDir, garbage)) };
}

export async function removeNames(dataDir: string, names: readonly ImageSummary[]): Promise<void> {
  for (const { reference } of names) await rm(namePath(dataDir, reference), { force: true });
  if (names.length > 0) await syncFolder(join(dataDir, "names"));
}

function inUse(text: string, users: readonly ImageUser[]): TallymanError {
  const described = users.map(({ kind, name }) => (kind === "container" ? `container ${name}` : name));
  const [first] = users;
  return new TallymanError("IMAGE_IN_USE", `image ${text} is used by ${described.join(", ")}`, {
    hint:
      first?.kind === "container"
        ? "Take the containers away first: `tallyman down` with the name of their stack."
        : `${described.join(", ")} may need it to go back to; \`tallyman down\` with the name of the stack gives it up.`,
  });
}
