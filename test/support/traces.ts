/** Everything of an instance that is on the host outside of the contents of its folders, for comparing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { instanceOf } from "../../src/runtime/instance.ts";
import { run } from "../../src/sys/run.ts";
import type { TestInstance } from "./instance.ts";

/** Sorted lines, each naming one thing: `link tm-0a1b2c3d`, `mount /tmp/…/netns/…`, `process 812 conmon …`. */
export async function traces({ dataDir, runDir }: Folders): Promise<readonly string[]> {
  const { bridgePrefix, table, cgroup, slice } = instanceOf({ dataDir });
  const folders = cgroupFolders([cgroup, slice]);
  const found = [
    ...links(bridgePrefix).map((link) => `link ${link}`),
    ...(await tables())
      .filter((name) => [table, `${table}-networks`, `${table}-forwarding`].includes(name))
      .map((name) => `nft table ${name}`),
    ...folders.map((folder) => `cgroup ${folder}`),
    ...mounts([dataDir, runDir]).map((mount) => `mount ${mount}`),
    ...processes([dataDir, runDir], folders).map((process) => `process ${process}`),
  ];
  return [...new Set(found)].sort();
}

/** Of its published ports; empty where there is no table. */
export async function ruleset({ dataDir }: Pick<TestInstance, "dataDir">): Promise<string> {
  const { table } = instanceOf({ dataDir });
  return (await tables()).includes(table) ? (await run("nft", ["list", "table", "ip", table])).stdout : "";
}

type Folders = Pick<TestInstance, "dataDir" | "runDir">;

/** The bridges and what is plugged into them. */
function links(bridgePrefix: string): readonly string[] {
  const bridges = entries("/sys/class/net").filter((name) => name.startsWith(bridgePrefix));
  return bridges.flatMap((bridge) => [bridge, ...entries(`/sys/class/net/${bridge}/brif`)]);
}

async function tables(): Promise<readonly string[]> {
  const { stdout } = await run("nft", ["list", "tables"]);
  return stdout.split("\n").map((line) => line.split(" ")[2] ?? "");
}

/** Ours and those in it, in the unified hierarchy and in each of v1. */
function cgroupFolders(names: readonly string[]): readonly string[] {
  const root = "/sys/fs/cgroup";
  return [root, ...foldersIn(root)]
    .flatMap(foldersIn)
    .filter((folder) => names.some((name) => folder.endsWith(`/${name}`)))
    .flatMap(withAllBelow);
}

function withAllBelow(folder: string): readonly string[] {
  return [folder, ...foldersIn(folder).flatMap(withAllBelow)];
}

function mounts(folders: readonly string[]): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)));
}

/** Those whose command line names one of the folders, and those in the cgroups. */
function processes(folders: readonly string[], cgroups: readonly string[]): readonly string[] {
  const members = new Set(cgroups.flatMap((cgroup) => readText(join(cgroup, "cgroup.procs")).split("\n")));
  return entries("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = readText(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      return members.has(pid) || folders.some((folder) => command.includes(folder))
        ? [`${pid} ${command}`]
        : [];
    });
}

function foldersIn(folder: string): readonly string[] {
  try {
    const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return found.map((entry) => join(folder, entry.name));
  } catch {
    return []; // it has gone
  }
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it is not there, or has gone
  }
}

/** Empty where it has gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
