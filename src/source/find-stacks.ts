/** Finds stack files where somebody pointed at: a file, the folder of one stack, or a folder of such folders. */
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, TallymanError } from "../model/error.ts";
import type { StackFiles } from "./types.ts";

/** In order of preference (Compose Specification, 02-model.md, "The Compose file"). */
const fileNames = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/**
 * The stacks at these absolute paths, one per folder, sorted by folder; files of one folder stay in their order.
 * Throws where a path is missing or holds no stack: nothing found is never taken for "no stacks wanted".
 */
export async function findStacks(paths: readonly string[]): Promise<readonly StackFiles[]> {
  const found = (await Promise.all(paths.map(stackFilesAt))).flat();
  const folders = Map.groupBy(found, (file) => dirname(file));
  return [...folders]
    .map(([directory, files]) => ({ directory, files: [...new Set(files)] }))
    .sort((a, b) => (a.directory < b.directory ? -1 : 1));
}

/** The stack file that a folder holds itself; undefined where it has none. */
async function stackFileIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder);
  const name = fileNames.find((candidate) => names.includes(candidate));
  return name === undefined ? undefined : join(folder, name);
}

async function stackFilesAt(path: string): Promise<readonly string[]> {
  if (!(await existing(path)).isDirectory()) {
    await access(path, constants.R_OK);
    return [path];
  }
  const own = await stackFileIn(path);
  if (own !== undefined) return [own];
  const below = (await Promise.all((await foldersIn(path)).map(stackFileIn))).filter(
    (file) => file !== undefined,
  );
  if (below.length > 0) return below;
  throw new TallymanError("NO_STACK_FILES", `${path} holds no stack file, nor does a folder in it`, {
    hint: `Put a ${fileNames[0] ?? ""} there, or name another path. To remove a stack, use: tallyman down STACK`,
  });
}

/** Folders, and links to folders, whose name does not begin with a dot. */
async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = (await readdir(path)).filter((name) => !name.startsWith("."));
  const found = entries.map(async (name) => {
    const entry = join(path, name);
    const isFolder = await stat(entry).then(
      (stats) => stats.isDirectory(),
      () => false, // a link to nowhere
    );
    return isFolder ? [entry] : [];
  });
  return (await Promise.all(found)).flat();
}

async function existing(path: string): ReturnType<typeof stat> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
    throw new TallymanError("SOURCE_NOT_FOUND", `no such file or folder: ${path}`, {
      hint: "Name a stack file, a folder with one, or a folder of such folders.",
      cause: error,
    });
  }
}
