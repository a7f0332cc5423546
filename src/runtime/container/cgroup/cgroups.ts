/** Where the containers' cgroups are, on cgroup v1, v2 and hybrid. The runtime makes them; we take away leftovers. */
import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import { isContainerId, type ContainerId } from "../../../model/ids.ts";
import { identify, signalProcess } from "../../../sys/process.ts";
import { findProgram } from "../../../sys/find-program.ts";
import type { Instance } from "../../instance.ts";

export interface Cgroups {
  readonly version: 1 | 2;
  /** systemd is PID 1 and keeps the hierarchy: containers are its scopes. */
  readonly systemd: boolean;
  /** All of them are in this unit, where systemd keeps them. */
  readonly slice: string | undefined;
  /** Memory and swap can be limited together. */
  readonly swapAccounting: boolean;
  /** Shares of disk time can be given: on v1 that depends on the disk's scheduler. */
  readonly blockIoWeight: boolean;
  /** Our folder in each hierarchy. There may be none. */
  readonly parents: readonly string[];
  /** The parent in the hierarchy that can hold processes, and the file that says whether it does. */
  readonly freezer: { readonly parent: string; readonly file: string } | undefined;
  /** Of the container's folder in each parent. */
  readonly folderName: (id: ContainerId) => string;
  /** For `linux.cgroupsPath` of the runtime spec. */
  pathFor(id: ContainerId): string;
  /** What to put before a command line so that the process is not part of the service that starts it. */
  readonly apart: readonly string[];
}

export function findCgroups(instance: Instance): Cgroups {
  const hierarchies = mountedHierarchies();
  const version = hierarchies.every(({ type }) => type === "cgroup2") ? 2 : 1;
  const systemd = existsSync("/run/systemd/system");
  const parentIn = (folder: string): string => join(folder, systemd ? instance.slice : instance.cgroup);
  const v1Freezer = hierarchies.find(({ options }) => options.includes("freezer"));
  const freezer = v1Freezer ?? hierarchies.find(({ type }) => type === "cgroup2");
  return {
    version,
    systemd,
    slice: systemd ? instance.slice : undefined,
    swapAccounting:
      version === 2 ||
      hierarchies.some(({ folder }) => existsSync(join(folder, "memory.memsw.limit_in_bytes"))),
    blockIoWeight:
      version === 2 ||
      hierarchies.some(({ folder }) =>
        ["blkio.weight", "blkio.bfq.weight"].some((file) => existsSync(join(folder, file))),
      ),
    parents: hierarchies.map(({ folder }) => parentIn(folder)),
    freezer: freezer && {
      parent: parentIn(freezer.folder),
      file: freezer === v1Freezer ? "freezer.state" : "cgroup.freeze",
    },
    folderName: (id) => (systemd ? `tallyman-${id}.scope` : id),
    apart: systemd
      ? [
          findProgram("systemd-run", "systemd"),
          "--scope",
          "--quiet",
          "--collect",
          `--slice=${instance.slice}`,
          "--",
        ]
      : [],
    pathFor: (id) => (systemd ? `${instance.slice}:tallyman:${id}` : `/${instance.cgroup}/${id}`),
  };
}

/** Containers that have a cgroup of ours. */
export function containersInCgroups(cgroups: Cgroups): readonly ContainerId[] {
  const names = cgroups.parents
    .flatMap(foldersIn)
    .map((folder) => basename(folder).replace(/^tallyman-(.*)\.scope$/, "$1"));
  return [...new Set(names)].filter(isContainerId);
}

/** Takes away the container's cgroups. What still runs in them is killed; true when they are gone. */
export function removeCgroups(cgroups: Cgroups, id: ContainerId): boolean {
  return cgroupFolders(cgroups, id).map(removeCgroup).every(Boolean);
}

/** The container's, one in each hierarchy; not all of them need be there. */
export function cgroupFolders(cgroups: Cgroups, id: ContainerId): readonly string[] {
  return cgroups.parents.map((parent) => join(parent, cgroups.folderName(id)));
}

/** Numbers of the processes in a cgroup and in those below it; none where it is not there. */
export function processesBelow(folder: string): readonly number[] {
  if (!existsSync(folder)) return [];
  return [...processesIn(folder), ...foldersIn(folder).flatMap(processesBelow)];
}

interface Hierarchy {
  readonly folder: string;
  readonly type: string;
  /** Of its file system: on v1 with the names of its controllers. */
  readonly options: readonly string[];
}

function mountedHierarchies(): readonly Hierarchy[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [mount = "", fileSystem = ""] = line.split(" - ");
      const [type = "", , options = ""] = fileSystem.split(" ");
      const folder = mount.split(" ")[4];
      return folder !== undefined && /^cgroup2?$/.test(type)
        ? [{ folder, type, options: options.split(",") }]
        : [];
    });
}

function removeCgroup(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const pid of processesIn(folder)) {
    const process = identify(pid);
    if (process) signalProcess(process, 9);
  }
  for (const child of foldersIn(folder)) removeCgroup(child);
  return removeEmpty(folder);
}

/** None where the cgroup goes at this moment: systemd takes a scope away as soon as nothing runs in it. */
function processesIn(folder: string): readonly number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENODEV") return [];
    throw error;
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** False where something is in it, or below. */
export function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    if (codeOf(error) === "EBUSY" || codeOf(error) === "ENOTEMPTY") return false;
    throw error;
  }
}
