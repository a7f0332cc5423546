/** Finds what a path of a side names: held open, so that links which change afterwards lead nowhere else. */
import { closeSync, constants, fstatSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { OpenFile } from "../../sys/open-beneath.ts";
import { openInRoot } from "../../sys/open-in-root.ts";
import { pathOnly } from "../../sys/openat2.ts";
import { readLinkOf } from "../../sys/read-link.ts";
import { located } from "./located.ts";
import type { CopySource, CopyTarget } from "./plan-copy.ts";
import type { Side } from "./side.ts";

/** A path as it was written; relative to the root. */
interface Written {
  readonly path: string;
  readonly contentOnly: boolean;
  readonly assertsFolder: boolean;
}

function read(text: string): Written {
  const path = join("/", text).replace(/(?<=.)\/$/, "");
  const contentOnly = /(^|\/)\.$/.test(text) || path === "/";
  return { path, contentOnly, assertsFolder: contentOnly || text.endsWith("/") };
}

/** `fd` is of O_PATH. A link is taken as it is, unless its path ends with a slash. Throws what open(2) gives. */
export function openSource(
  side: Side,
  text: string,
  { followLink }: { readonly followLink: boolean },
): CopySource & OpenFile {
  const { path, contentOnly, assertsFolder } = read(text);
  const flags = pathOnly | (followLink ? 0 : constants.O_NOFOLLOW);
  const file = open(side, assertsFolder ? `${path}/` : path, flags);
  const stats = fstatSync(file.fd);
  if (stats.isDirectory() || stats.isFile() || stats.isSymbolicLink()) {
    return { ...file, isFolder: stats.isDirectory(), contentOnly, name: basename(path) };
  }
  file[Symbol.dispose]();
  throw new TallymanError("NOT_A_FILE", `${text} ${side.name} is no file, folder or link`);
}

const maxLinks = 40;

/** `fd` is of the target where that is a folder, else of the folder that it is in. A link is followed. */
export function openTarget(side: Side, text: string): CopyTarget & OpenFile {
  const { path: first, assertsFolder } = read(text);
  let path = first;
  for (let links = 0; links <= maxLinks; links++) {
    const found = look(side, path);
    if (found.kind === "link") {
      path = found.to.startsWith("/") ? found.to : `${dirname(path)}/${found.to}`;
      continue;
    }
    const { kind } = found;
    if (kind === "other") throw new TallymanError("NOT_A_FILE", `${text} ${side.name} is no file or folder`);
    const folder = kind === "folder" ? path : dirname(path);
    const file = open(side, folder, pathOnly | constants.O_DIRECTORY);
    return { ...file, kind, name: basename(path), assertsFolder, text: `${text} ${side.name}` };
  }
  throw new TallymanError("ELOOP", `${text} ${side.name}: too many links`);
}

type Found = { readonly kind: "folder" | "file" | "absent" | "other" } | { kind: "link"; to: string };

function look(side: Side, path: string): Found {
  let fd: number;
  try {
    fd = openInRoot(side.root, path, pathOnly | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "absent" };
    throw located(error, side.name, path);
  }
  try {
    const stats = fstatSync(fd);
    if (stats.isSymbolicLink()) return { kind: "link", to: readLinkOf(fd).toString() };
    if (stats.isDirectory()) return { kind: "folder" };
    return { kind: stats.isFile() ? "file" : "other" };
  } finally {
    closeSync(fd);
  }
}

function open(side: Side, path: string, flags: number): OpenFile {
  try {
    const fd = openInRoot(side.root, path, flags);
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    throw located(error, side.name, path);
  }
}
