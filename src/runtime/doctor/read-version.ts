/** Asks a host program what it is. */
import { codeOf } from "../../model/error.ts";
import { run } from "../../sys/run.ts";

/** What `--version` prints; undefined where `find` says that the program is not installed. */
export async function readVersion(find: () => string): Promise<string | undefined> {
  let program: string;
  try {
    program = find();
  } catch (error) {
    if (codeOf(error) === "PROGRAM_MISSING") return undefined;
    throw error;
  }
  return (await run(program, ["--version"], { timeoutMs: 5_000 })).stdout;
}
