/** Which cgroup hierarchies there are, and which resources they can limit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";

export function checkCgroups(): Check {
  return judgeCgroups(parseHierarchies(readFileSync("/proc/self/mountinfo", "utf8")), (folder) =>
    readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" "),
  );
}

export interface Hierarchy {
  readonly version: 1 | 2;
  readonly folder: string;
  /** Of the mount on v1; v2 has them in a file. */
  readonly options: readonly string[];
  readonly readOnly: boolean;
}

const limits = { cpu: "CPU", memory: "memory", pids: "process" };

export function judgeCgroups(
  hierarchies: readonly Hierarchy[],
  controllersIn: (folder: string) => readonly string[],
): Check {
  const name = "cgroups";
  const versions = new Set(hierarchies.map(({ version }) => version));
  if (versions.size === 0) {
    return {
      name,
      status: "missing",
      detail: "no cgroup hierarchy is mounted",
      remedy: "Mount it: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    };
  }
  if (hierarchies.some(({ readOnly }) => readOnly)) {
    return {
      name,
      status: "missing",
      detail: "the cgroup hierarchy is mounted read-only",
      remedy: "Run on the host itself, or in a container that may write it.",
    };
  }
  const mode = versions.size === 2 ? "hybrid" : `v${[...versions].join()}`;
  const controllers = hierarchies.flatMap(({ version, folder, options }) =>
    version === 1 ? options : controllersIn(folder),
  );
  const absent = Object.entries(limits).filter(([controller]) => !controllers.includes(controller));
  if (absent.length === 0) return { name, status: "ok", detail: `${mode}, with cpu, memory and pids` };
  return {
    name,
    status: "warning",
    detail: `${mode}; containers cannot have ${absent.map(([, what]) => `${what} limits`).join(" or ")}`,
    remedy: `Enable on the kernel's command line: ${absent.map(([controller]) => `cgroup_enable=${controller}`).join(" ")}`,
  };
}

/** Those among the mounts of proc(5), `/proc/[pid]/mountinfo`. */
export function parseHierarchies(mountinfo: string): readonly Hierarchy[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount = "", fileSystem = ""] = line.split(" - ");
    const [, , , , folder = "", flags = ""] = mount.split(" ");
    const [type = "", , options = ""] = fileSystem.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    const version = type === "cgroup" ? 1 : 2;
    return [
      { version, folder, options: options.split(","), readOnly: flags.split(",").includes("ro") } as const,
    ];
  });
}
