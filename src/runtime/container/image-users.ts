/** Which container needs which image. */
import { TallymanError } from "../../model/error.ts";
import type { ImageUser, RuntimePaths } from "../types.ts";
import { foldersOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord } from "./record.ts";

/** Sorted by name. Throws DAMAGED_RECORD: it cannot be known then what is still needed. */
export function imageUsers(paths: RuntimePaths): readonly ImageUser[] {
  const users = idsIn(foldersOf(paths).containers).flatMap((id): readonly ImageUser[] => {
    const found = readRecord(paths, id);
    switch (found.kind) {
      case "record":
        return [{ kind: "container", name: found.record.name, image: found.record.image }];
      case "absent":
        return [];
      case "damaged":
        throw new TallymanError("DAMAGED_RECORD", `${found.reason}: which image it needs is not known`, {
          hint: "No image is removed while that is so. Take the container away, or its record if it is no container.",
        });
    }
  });
  return users.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
