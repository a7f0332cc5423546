/** Finds a host program by name. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { TallymanError } from "../model/error.ts";

/** Where administrators' programs are, also when PATH is a plain user's. */
const usualFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** Its absolute path; throws PROGRAM_MISSING, which names the Debian package to install. */
export function findProgram(name: string, debianPackage: string): string {
  const folders = [
    ...(process.env["PATH"] ?? "").split(":").filter((folder) => folder !== ""),
    ...usualFolders,
  ];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  throw new TallymanError("PROGRAM_MISSING", `${name} is not installed`, {
    hint: `Install it: apt-get install ${debianPackage}`,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
