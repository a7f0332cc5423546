/**
 * The commits of a Git source that are kept on disk, each in a folder that is complete as soon as it is there and
 * never changes: `commits/<id>`, and `commits.json`, which says which is the current and which the last good one.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../model/error.ts";
import { syncfsAside } from "../sys/syncfs.ts";
import { writeFileAtomic } from "../sys/write-file.ts";

export interface Kept {
  readonly current?: string;
  readonly good?: string;
}

/** Folder of a commit, there or not. */
export function checkoutFolder(folder: string, commit: string): string {
  return join(folder, "commits", commit);
}

/** Makes the commit's folder, unless it is there, by having `fill` write the files into an empty one. */
export async function addCheckout(
  folder: string,
  commit: string,
  fill: (target: string) => Promise<void>,
): Promise<void> {
  if (existsSync(checkoutFolder(folder, commit))) return;
  await mkdir(join(folder, "commits"), { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(join(folder, "checkout-"));
  try {
    await fill(aside);
    await makeDurable(aside);
    await rename(aside, checkoutFolder(folder, commit));
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** Only commits whose folder is there. */
export async function readKept(folder: string): Promise<Kept> {
  try {
    const { current, good } = JSON.parse(await readFile(join(folder, "commits.json"), "utf8")) as Kept;
    const isThere = (commit: string | undefined): commit is string =>
      commit !== undefined && existsSync(checkoutFolder(folder, commit));
    return { ...(isThere(current) && { current }), ...(isThere(good) && { good }) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return {};
    throw error;
  }
}

/** Records them, then removes every other commit, and what an interrupted checkout left. */
export async function keep(folder: string, kept: Kept): Promise<void> {
  await writeFileAtomic(join(folder, "commits.json"), `${JSON.stringify(kept)}\n`);
  const commits = (await readdir(join(folder, "commits"))).filter(
    (commit) => commit !== kept.current && commit !== kept.good,
  );
  const aside = (await readdir(folder)).filter((name) => name.startsWith("checkout-"));
  const stale = [
    ...commits.map((commit) => checkoutFolder(folder, commit)),
    ...aside.map((name) => join(folder, name)),
  ];
  await Promise.all(stale.map((path) => rm(path, { recursive: true, force: true })));
}

async function makeDurable(folder: string): Promise<void> {
  await using file = await open(folder, "r");
  await syncfsAside(file.fd);
}
