/** Which networks a container is on, one file each, so that readers find its addresses without starting a program. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { defaultNetwork } from "../../model/network.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import type { AttachedNetwork } from "./types.ts";

/** Undefined where it is not attached. */
export async function readAttachment(
  paths: RuntimePaths,
  id: ContainerId,
): Promise<readonly AttachedNetwork[] | undefined> {
  try {
    const text = await readFile(recordPath(paths, id), "utf8");
    const { networks, addresses } = JSON.parse(text) as {
      readonly networks?: readonly AttachedNetwork[];
      readonly addresses: readonly string[];
    };
    return networks ?? [{ network: defaultNetwork, interfaceName: "eth0", addresses, joined: true }];
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** All of them, those of its first network first; undefined where it is not attached. */
export async function readAddresses(
  paths: RuntimePaths,
  id: ContainerId,
): Promise<readonly string[] | undefined> {
  return (await readAttachment(paths, id))?.flatMap(({ addresses }) => addresses);
}

export async function writeAttachment(
  paths: RuntimePaths,
  id: ContainerId,
  networks: readonly AttachedNetwork[],
): Promise<void> {
  await mkdir(recordFolder(paths), { recursive: true, mode: 0o700 });
  const addresses = networks.flatMap((network) => network.addresses);
  await writeFileAtomic(recordPath(paths, id), `${JSON.stringify({ addresses, networks })}\n`);
}

export async function removeAttachment(paths: RuntimePaths, id: ContainerId): Promise<void> {
  await rm(recordPath(paths, id), { force: true });
}

function recordFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "network", "attachments");
}

function recordPath(paths: RuntimePaths, id: ContainerId): string {
  return join(recordFolder(paths), `${id}.json`);
}
