/** Reads passwd and group of a mounted image without following it anywhere. */
import { closeSync } from "node:fs";
import { codeOf, TallymanError } from "../../../model/error.ts";
import { openInRoot } from "../../../sys/open-in-root.ts";
import { pathOnly } from "../../../sys/openat2.ts";
import { readPlainFile } from "../../../sys/plain-file.ts";
import type { UserFiles } from "../spec/user.ts";

const maxBytes = 4 * 1024 * 1024;

/** A file that is missing is empty. */
export async function readUserFiles(root: string): Promise<UserFiles> {
  return { passwd: await readBounded(root, "/etc/passwd"), group: await readBounded(root, "/etc/group") };
}

async function readBounded(root: string, path: string): Promise<string> {
  const fd = openIfThere(root, path);
  if (fd === undefined) return "";
  try {
    return (await readPlainFile(`/proc/self/fd/${fd}`, { maxBytes })).toString("utf8");
  } catch (cause) {
    if (codeOf(cause) !== "NOT_A_FILE" && codeOf(cause) !== "FILE_TOO_LARGE") throw cause;
    const message = `${path} of the image is not a plain file of at most ${maxBytes} bytes`;
    throw new TallymanError("BAD_IMAGE", message, { hint: "Use another image, or mend this one.", cause });
  } finally {
    closeSync(fd);
  }
}

function openIfThere(root: string, path: string): number | undefined {
  try {
    return openInRoot(root, path, pathOnly);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
