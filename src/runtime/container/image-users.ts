/** Which container needs which image. */
import { TallymanError } from "../../model/error.ts";
import type { Readable } from "../image/damage.ts";
import type { ImageUser } from "../image/types.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord } from "./record.ts";

/** Sorted by name; and the containers of which it is not known. */
export function imageUsers(paths: RuntimePaths): Readable<ImageUser> {
  const users: ImageUser[] = [];
  const damage: TallymanError[] = [];
  for (const id of idsIn(foldersOf(paths).containers)) {
    const found = readRecord(paths, id);
    if (found.kind === "record")
      users.push({ kind: "container", name: found.record.name, image: found.record.image });
    if (found.kind === "damaged") damage.push(unreadable(found.reason));
  }
  return { found: users.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)), damage };
}

function unreadable(reason: string): TallymanError {
  return new TallymanError("DAMAGED_RECORD", `${reason}: which image that container needs is not known`, {
    hint: "Take the container away: no image is removed while that is so.",
  });
}
