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

/** For each data directory, while it is being loaded. */
const loads = new Map<string, Promise<void>>();

/**
 * Its name; undefined where the host has no AppArmor, or nothing to load a profile with, which `doctor` says. A copy of
 * what was loaded last saves loading it again; containers that are made side by side wait for the same load.
 * @param kernel The kernel's own folder about AppArmor.
 */
export async function loadDefaultProfile(
  { dataDir }: Pick<RuntimePaths, "dataDir">,
  kernel = securityFs,
): Promise<string | undefined> {
  const parser = existsSync(kernel) ? findParser() : undefined;
  if (parser === undefined) return undefined;
  const load =
    loads.get(dataDir) ?? loadMissing(parser, { dataDir, kernel }).finally(() => loads.delete(dataDir));
  loads.set(dataDir, load);
  await load;
  return defaultProfileName;
}

async function loadMissing(
  parser: string,
  { dataDir, kernel }: { readonly dataDir: string; readonly kernel: string },
): Promise<void> {
  const copy = join(dataDir, "apparmor-profile");
  if (isLoaded(kernel) && readIfThere(copy) === defaultProfile) return;
  await writeFile(`${copy}.new`, defaultProfile, { mode: 0o600 });
  await run(parser, ["--replace", "--skip-cache", `${copy}.new`]);
  await rename(`${copy}.new`, copy);
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
function isLoaded(kernel: string): boolean {
  return readFileSync(join(kernel, "profiles"), "utf8")
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
