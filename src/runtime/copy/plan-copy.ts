/** Under which name a copy goes to its target, as `docker cp` has it. Pure. */
import { TallymanError } from "../../model/error.ts";

export interface CopySource {
  readonly isFolder: boolean;
  readonly name: string;
  /** The path ends with `/.`: not the folder itself, but what is in it. */
  readonly contentOnly: boolean;
}

export interface CopyTarget {
  readonly kind: "folder" | "file" | "absent";
  /** Its last name; of a folder not used. */
  readonly name: string;
  /** The path ends with a slash. */
  readonly assertsFolder: boolean;
  /** For messages. */
  readonly text: string;
}

/**
 * Relative to the target where that is a folder, else to the folder that it is in; empty: what is copied goes straight
 * into the target. Throws NOT_A_FOLDER, NO_SUCH_FOLDER.
 */
export function nameOfCopy(source: CopySource, target: CopyTarget): string {
  if (target.kind === "folder") return source.contentOnly ? "" : source.name;
  if (target.kind === "file" && (source.isFolder || target.assertsFolder)) {
    throw new TallymanError("NOT_A_FOLDER", `${target.text} is a file: a folder cannot be copied onto it`);
  }
  if (target.kind === "absent" && target.assertsFolder && !source.isFolder) {
    throw new TallymanError("NO_SUCH_FOLDER", `${target.text} is not there, and would have to be a folder`, {
      hint: "Make the folder, or leave the slash out to copy to a file of that name.",
    });
  }
  return target.name;
}
