/** The subnet of the network that containers join where they name none, as it was recorded. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import { isSubnet, subnetOf, type Subnet } from "./subnet.ts";

/** Undefined where no container was ever attached. */
export async function recordedSubnet(paths: RuntimePaths): Promise<Subnet | undefined> {
  const path = recordPath(paths);
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as { formatVersion?: unknown; subnet?: unknown };
    const { formatVersion, subnet } = record;
    if (formatVersion === 1 && typeof subnet === "string" && isSubnet(subnet)) return subnetOf(subnet);
    if (typeof formatVersion !== "number" || formatVersion === 1) throw damaged(path);
    throw new TallymanError("NEWER_FORMAT", `${path} was written by a newer tallyman`, {
      hint: "Run the version that wrote it, or a later one.",
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error instanceof SyntaxError ? damaged(path) : error;
  }
}

export async function recordSubnet(paths: RuntimePaths, subnet: string): Promise<void> {
  await mkdir(paths.dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(recordPath(paths), `${JSON.stringify({ formatVersion: 1, subnet })}\n`);
}

function damaged(path: string): TallymanError {
  return new TallymanError("NETWORK_RECORD_DAMAGED", `${path} is damaged: it does not name a subnet`, {
    hint: "Remove that file; the containers' subnet is then chosen anew, from those that are free.",
  });
}

function recordPath(paths: RuntimePaths): string {
  return join(paths.dataDir, "network.json");
}
