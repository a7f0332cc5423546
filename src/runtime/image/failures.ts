/** Failures of a pull in the words of the image that they befell. */
import { TallymanError, codeOf, messageOf } from "../../model/error.ts";

/** Runs `work`; what it throws names the image. A full disk, which any step may meet, becomes DISK_FULL. */
export async function forImage<Result>(reference: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT") throw diskFull(reference, error);
    if (!(error instanceof TallymanError) || error.message.includes(reference)) throw error;
    throw new TallymanError(error.code, `image ${reference}: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function diskFull(reference: string, cause: unknown): TallymanError {
  return new TallymanError("DISK_FULL", `image ${reference}: the disk is full`, {
    hint: "Make room where Tallyman keeps its data, then pull again. What was half done was taken away.",
    cause,
  });
}
