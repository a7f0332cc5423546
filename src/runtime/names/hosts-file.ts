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
 * Throws for a name that would be more than one word here, or in what resolvers are told of ours.
 */
export function writeHosts(
  folder: string,
  name: string,
  { hosts, unready = [] }: { readonly hosts: Hosts; readonly unready?: readonly string[] },
): boolean {
  const unfit = [...hosts.flatMap(([, names]) => names), ...unready].find((each) => /[\s,/#]|^$/.test(each));
  if (unfit !== undefined) throw new Error(`${JSON.stringify(unfit)} is no name of a host`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const lines = hosts.filter(([, names]) => names.length > 0);
  const comment = unready.length === 0 ? "" : `# ${unready.join(" ")}\n`;
  const text = comment + lines.map(([address, names]) => `${address} ${names.join(" ")}\n`).join("");
  if (readIfThere(join(folder, name)) === text) return false;
  replaceFile(join(folder, name), text);
  return true;
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
