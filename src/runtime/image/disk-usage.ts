/** What files and folders take on the disk. */
import { CommandError, run } from "../../sys/run.ts";

const timeoutMs = 30 * 60_000;

/** In bytes, as du(1) counts; what goes away meanwhile counts for nothing. */
export async function diskUsage(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  const input = paths.map((path) => `${path}\0`).join("");
  const args = ["--summarize", "--total", "--block-size=1", "--one-file-system", "--files0-from=-"];
  const { stdout } = await run("du", args, { input, timeoutMs }).catch((error: unknown) => {
    if (error instanceof CommandError && error.exitCode === 1) return error;
    throw error;
  });
  return Number(/(\d+)\ttotal\n$/.exec(stdout)?.[1] ?? 0);
}
