/** Failures of a pull in the words of the image that they befell. */
import { messageOf, TallymanError } from "../../model/error.ts";
import { diskFull, isDiskFull } from "../disk-full.ts";

/** Runs `work`; what it throws names the image. A full disk, which any step may meet, becomes DISK_FULL. */
export async function forImage<Result>(reference: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(`image ${reference}`, error);
    if (!(error instanceof TallymanError) || error.message.includes(reference)) throw error;
    throw new TallymanError(error.code, `image ${reference}: ${messageOf(error)}`, {
      hint: error.hint,
      cause: error,
    });
  }
}
