/** Removes folders that somebody else has filled. */
import { run } from "./run.ts";

const removeTimeoutMs = 30 * 60_000;

/**
 * Removes `path` and all below it; no error where there is nothing. By rm(1), which climbs down folder by folder:
 * Node names each file by its whole path, and a program needs only `mkdir` and `cd` to make one longer than a path
 * may be. What is mounted below is not entered, and is an error.
 */
export async function removeTree(path: string): Promise<void> {
  await run("rm", ["-rf", "--one-file-system", "--", path], { timeoutMs: removeTimeoutMs });
}
