/** Whether something is mounted on a path. */
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../model/error.ts";

/** Something of another file system than the folder above it; false where there is nothing at all. */
export async function isMounted(path: string): Promise<boolean> {
  try {
    const [here, above] = await Promise.all([stat(path), stat(dirname(path))]);
    return here.dev !== above.dev;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
