/** Reads passwd and group of a mounted image without following it anywhere. */
import { closeSync, constants, fstatSync, readFileSync } from "node:fs";
import { codeOf, TallymanError } from "../../model/error.ts";
import { openInRoot } from "../../sys/open-in-root.ts";
import type { UserFiles } from "./spec/user.ts";

const maxBytes = 4 * 1024 * 1024;

/** A file that is missing is empty. */
export function readUserFiles(root: string): UserFiles {
  return { passwd: readBounded(root, "/etc/passwd"), group: readBounded(root, "/etc/group") };
}

function readBounded(root: string, path: string): string {
  const fd = openIfThere(root, path);
  if (fd === undefined) return "";
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.size <= maxBytes) return readFileSync(fd, "utf8");
    throw new TallymanError(
      "BAD_IMAGE",
      `${path} of the image is not a plain file of at most ${maxBytes} bytes`,
    );
  } finally {
    closeSync(fd);
  }
}

function openIfThere(root: string, path: string): number | undefined {
  try {
    return openInRoot(root, path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
