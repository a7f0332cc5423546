/** Whether a file system answers: where its server is away, a call of our own would hold up all that we do, for good. */
import { codeOf } from "../model/error.ts";
import { run } from "./run.ts";

/** Also true where nothing is at the path: that is an answer. */
export async function fileSystemAnswers(
  path: string,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<boolean> {
  try {
    await run("stat", ["-L", "--", path], { timeoutMs });
  } catch (error) {
    if (codeOf(error) === "COMMAND_TIMEOUT") return false;
    if (codeOf(error) !== "COMMAND_FAILED") throw error;
  }
  return true;
}
