/** A full disk, which any step may meet, in words that say what to do. */
import { codeOf, TallymanError } from "../model/error.ts";

export function isDiskFull(error: unknown): boolean {
  return codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
}

/** `what` could not be done: `image nginx:1.27`. */
export function diskFull(what: string, cause?: unknown): TallymanError {
  return new TallymanError("DISK_FULL", `${what}: the disk is full`, {
    hint: "Make room where Tallyman keeps its data, then try again. What was half done was taken away.",
    cause,
  });
}
