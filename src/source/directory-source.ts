/** Stack files in folders of the host. */
import { dirname, resolve } from "node:path";
import { statSync } from "node:fs";
import { watch, type FSWatcher } from "chokidar";
import { sourceId } from "../model/ids.ts";
import { findStacks } from "./find-stacks.ts";
import type { Snapshot, Source } from "./types.ts";

/** Files and folders as a person named them, relative to the working directory. */
export function openDirectorySource(paths: readonly string[]): Source {
  const absolute = paths.map((path) => resolve(path));
  const watchers = new Set<AsyncDisposable>();
  let last: Snapshot | undefined;
  return {
    id: sourceId(`dir:${absolute.join(":")}`),
    fetch: async () => (last = { stacks: await findStacks(absolute) }),
    // Files that change in place cannot be kept: their last state is known as long as we run.
    last: () => Promise.resolve(last),
    markGood: () => Promise.resolve(),
    watch: (listener) => {
      const watcher = watchFolders(absolute, listener);
      watchers.add(watcher);
      return watcher;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...watchers].map((watcher) => watcher[Symbol.asyncDispose]()));
    },
  };
}

/** Changes within this time are one. */
const gatherMs = 50;

/**
 * Watches the folders that hold the stacks, and theirs one level down, since editors replace files rather than write
 * to them, and `.env` and the like lie beside them. The first call comes when watching has begun.
 */
function watchFolders(paths: readonly string[], listener: () => void): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined;
  const changed = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      listener();
    }, gatherMs);
  };
  const watchers = paths.map((path): FSWatcher => {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
    return (
      watch(isFile ? dirname(path) : path, {
        ignoreInitial: true,
        depth: isFile ? 0 : 1,
        ignored: (entry, stats) =>
          stats?.isDirectory() === true && entry !== path && /\/\.[^/]*$/.test(entry),
      })
        .on("all", changed)
        .on("ready", changed)
        // A folder that cannot be watched is still looked at whenever the agent looks.
        .on("error", changed)
    );
  });
  return {
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      await Promise.all(watchers.map((watcher) => watcher.close()));
    },
  };
}
