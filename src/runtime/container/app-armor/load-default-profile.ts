/** Sees to it that the kernel has our default AppArmor profile. */
import { existsSync, readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import { findProgram } from "../../../sys/find-program.ts";
import { run } from "../../../sys/run.ts";
import type { RuntimePaths } from "../../types.ts";
import { defaultProfile, defaultProfileName } from "./default-profile.ts";

const securityFs = "/sys/kernel/security/apparmor";

export const hasAppArmor = (): boolean => existsSync(securityFs);

/**
 * Its name; undefined where the host has no AppArmor, or nothing to load a profile with, which `doctor` says. A copy of
 * what was loaded last saves loading it again.
 */
export async function loadDefaultProfile({ dataDir }: RuntimePaths): Promise<string | undefined> {
  const parser = hasAppArmor() ? findParser() : undefined;
  if (parser === undefined) return undefined;
  const copy = join(dataDir, "apparmor-profile");
  if (isLoaded() && readIfThere(copy) === defaultProfile) return defaultProfileName;
  await writeFile(`${copy}.new`, defaultProfile, { mode: 0o600 });
  await run(parser, ["--replace", "--skip-cache", `${copy}.new`]);
  await rename(`${copy}.new`, copy);
  return defaultProfileName;
}

/** The program that compiles profiles; undefined where it is not installed. */
export function findParser(): string | undefined {
  try {
    return findProgram("apparmor_parser", "apparmor");
  } catch (error) {
    if (codeOf(error) === "PROGRAM_MISSING") return undefined;
    throw error;
  }
}

/** One line a profile: `name (mode)`. */
function isLoaded(): boolean {
  return readFileSync(join(securityFs, "profiles"), "utf8")
    .split("\n")
    .some((line) => line.startsWith(`${defaultProfileName} (`));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
