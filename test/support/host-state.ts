/** What a run of tests could leave on the host, by names that only we give, or by its folder for temporary files. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../src/sys/run.ts";

/** Sorted lines, each naming one thing, by kind of thing. */
export type HostState = Readonly<Record<string, readonly string[]>>;

export async function hostState(temporaryFolder: string): Promise<HostState> {
  return {
    link: names("/sys/class/net").filter((name) => /^(tallyman|tm-)/.test(name)),
    "nft table": await nftTables(),
    cgroup: cgroups(),
    namespace: names("/run/netns").filter((name) => /^(tallyman|tm-)/.test(name)),
    mount: mounts().filter((mount) => mount.includes(temporaryFolder)),
    process: processes().filter((process) => process.includes(temporaryFolder)),
    file: names(temporaryFolder).map((name) => join(temporaryFolder, name)),
  };
}

/** What is in `after` and was not in `before`: `link tm-0a1b2c3d`. */
export function whatIsNew(before: HostState, after: HostState): readonly string[] {
  return Object.entries(after).flatMap(([kind, things]) =>
    things.filter((thing) => before[kind]?.includes(thing) !== true).map((thing) => `${kind} ${thing}`),
  );
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

async function nftTables(): Promise<string[]> {
  const { stdout } = await run("nft", ["list", "tables"]);
  return stdout
    .split("\n")
    .filter((line) => / tallyman/.test(line))
    .sort();
}

/** The first level of each hierarchy: v2's is the root itself, v1 and hybrid have one folder per controller. */
function cgroups(): string[] {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...names(root).map((name) => join(root, name))];
  return hierarchies.flatMap((hierarchy) =>
    names(hierarchy)
      .filter((name) => name.startsWith("tallyman"))
      .map((name) => join(hierarchy, name)),
  );
}

function mounts(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  return lines.map((line) => line.split(" ").slice(4).join(" ")).sort();
}

/** Each as its number, its command line and its working directory. */
function processes(): string[] {
  return names("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return [`${pid} ${command}in ${readlinkSync(`/proc/${pid}/cwd`)}`];
      } catch {
        return []; // it has ended
      }
    });
}
