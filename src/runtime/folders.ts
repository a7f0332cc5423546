/** The folders of the engine, each with the rights that it is to have, whoever comes first. */
import { chmodSync, mkdirSync } from "node:fs";
import { foldersOf } from "./container/layout.ts";
import type { RuntimePaths } from "./types.ts";

/** What a container sees of files that are made from then on does not depend on the umask of whoever started us. */
export function makeFolders(paths: RuntimePaths, folders: readonly string[] = foldersIn(paths)): void {
  process.umask(0o022);
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, modeOf(paths, folder)); // also where somebody else made it
  }
}

const foldersIn = (paths: RuntimePaths): readonly string[] => [
  paths.dataDir,
  paths.runDir,
  ...Object.values(foldersOf(paths)),
];

/**
 * Set-user-id programs of images lie below, for nobody else on the host to run. Roots of user namespaces pass through on
 * the way to their bundle and their shared memory, which alone let them in.
 */
function modeOf(paths: RuntimePaths, folder: string): number {
  const { bundles, ipc } = foldersOf(paths);
  return [paths.runDir, bundles, ipc].includes(folder) ? 0o711 : 0o700;
}
