/** Opens paths as a process whose root is a given folder would: no link leads out of it. RESOLVE_IN_ROOT. */
import { closeSync, constants, openSync, readlinkSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { codeOf, TallymanError } from "../model/error.ts";
import { openat2, pathOnly, resolveHow } from "./openat2.ts";

/** An open descriptor, close-on-exec; throws a SystemError with the code of open(2). */
export function openInRoot(root: string, path: string, flags: number): number {
  const rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return openat2(rootFd, path, { flags, resolve: resolveHow.inRoot | resolveHow.noMagicLinks });
  } finally {
    closeSync(rootFd);
  }
}

/**
 * Where `path` (absolute, as seen from inside) lies inside `root`, all links followed, as an absolute path seen from
 * inside. What is not there yet is taken literally; a link to nowhere on the way is refused, for it might come to
 * lead anywhere.
 */
export function resolveInRoot(root: string, path: string): string {
  const parts = join("/", path)
    .split("/")
    .filter((part) => part !== "");
  for (let count = parts.length; count >= 0; count--) {
    const found = realPathInRoot(root, parts.slice(0, count).join("/"));
    if (found === undefined) continue;
    const rest = parts.slice(count);
    const next = rest[0];
    if (next !== undefined && isThere(root, [...parts.slice(0, count), next].join("/"))) {
      throw new TallymanError("DANGLING_LINK", `${path} leads through a link to nowhere`);
    }
    return join("/", found, ...rest);
  }
  throw new TallymanError("ENOENT", `${root} is not there`);
}

function realPathInRoot(root: string, path: string): string | undefined {
  const fd = openIfThere(root, path, pathOnly);
  if (fd === undefined) return undefined;
  try {
    return relative(realpathSync(root), readlinkSync(`/proc/self/fd/${fd}`));
  } finally {
    closeSync(fd);
  }
}

function isThere(root: string, path: string): boolean {
  const fd = openIfThere(root, path, pathOnly | constants.O_NOFOLLOW);
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

function openIfThere(root: string, path: string, flags: number): number | undefined {
  try {
    return openInRoot(root, path === "" ? "." : path, flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
