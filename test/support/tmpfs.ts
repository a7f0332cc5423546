/** A disk of its own, small enough to be filled. */
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/sys/run.ts";

export async function aTmpfs(sizeBytes: number): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "disk-"));
  await run("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=0700`, "tmpfs", path]);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await run("umount", [path]);
      await rmdir(path);
    },
  };
}
