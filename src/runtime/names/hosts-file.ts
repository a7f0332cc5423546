/**
 * Files in the form of hosts(5), in folders that resolvers watch. dnsmasq reads one that is added, renamed over or
 * removed; those whose names begin with a dot it leaves alone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { replaceFile } from "./replace-file.ts";

/** Addresses with their names. */
export type Hosts = readonly (readonly [address: string, names: readonly string[]])[];

/**
 * True where it is not as it was. Whole at once, for everybody to read. `unready` are names that are ours, too, and stand for nobody: in a comment.
 * A name that is not one word is left out: no file that is read today may ask for one, but a container of an earlier
 * version may have it.
 */
export function writeHosts(
  folder: string,
  name: string,
  { hosts, unready = [] }: { readonly hosts: Hosts; readonly unready?: readonly string[] },
): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const away = unready.filter(isOneWord);
  const comment = away.length === 0 ? "" : `# ${away.join(" ")}\n`;
  const lines = hosts
    .map(([address, names]) => [address, names.filter(isOneWord)] as const)
    .filter(([, names]) => names.length > 0);
  const text = comment + lines.map(([address, names]) => `${address} ${names.join(" ")}\n`).join("");
  if (readIfThere(join(folder, name)) === text) return false;
  replaceFile(join(folder, name), text);
  return true;
}

/** None that would be more than one word, here or in what resolvers are told of ours. */
export function isOneWord(name: string): boolean {
  return /^[^\s,/#]+$/.test(name);
}

export function removeHosts(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}

/** Names with a dot in them, those in comments, too: of the others, resolvers know by themselves that nobody else can tell. */
export function dottedNames(folder: string): readonly string[] {
  const files = namesIn(folder).filter((name) => !name.startsWith("."));
  const words = files.flatMap((file) => (readIfThere(join(folder, file)) ?? "").split(/\s+/));
  return words.filter((word) => word.includes(".") && !/^[\d.]+$/.test(word));
}

export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
