/** A bare Git repository that a test pushes to. */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../src/sys/run.ts";

export interface TestRepository extends AsyncDisposable {
  readonly url: string;
  /** Writes the files (undefined: takes them away), commits and pushes to a branch (default: main); the commit's id. */
  push(files: Readonly<Record<string, string | undefined>>, branch?: string): Promise<string>;
  /** Nobody finds it at its URL, until it is brought back. */
  moveAway(): Promise<void>;
  bringBack(): Promise<void>;
}

export async function aRepository(): Promise<TestRepository> {
  const folder = await mkdtemp(join(tmpdir(), "g-"));
  const bare = join(folder, "remote.git");
  const work = join(folder, "work");
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await run("git", ["clone", "--quiet", bare, work]);
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run("git", ["-C", work, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args]))
      .stdout;
  return {
    url: `file://${bare}`,
    push: async (files, branch = "main") => {
      for (const [name, content] of Object.entries(files)) {
        const path = join(work, name);
        await mkdir(dirname(path), { recursive: true });
        await (content === undefined ? rm(path) : writeFile(path, content));
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--message=change");
      await git("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
      return (await git("rev-parse", "HEAD")).trim();
    },
    moveAway: () => rename(bare, `${bare}.away`),
    bringBack: () => rename(`${bare}.away`, bare),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
