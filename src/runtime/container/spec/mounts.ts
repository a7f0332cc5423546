/** The mounts of a container: Docker's own, then what was asked for, folders before what lies in them. */
import type { ContainerSpec } from "../../../model/container-spec.ts";
import type { HostFacts } from "./host-facts.ts";
import type { OciMount } from "./oci-spec.ts";

/** A mount whose source is there and whose target was resolved inside the root. */
export type ReadyMount =
  | { readonly kind: "bind"; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: "tmpfs"; readonly target: string; readonly sizeBytes?: number; readonly mode?: number };

/** A default gives way to a mount on the same target. */
export function mountsOf(
  spec: Pick<ContainerSpec, "privileged">,
  ready: readonly ReadyMount[],
  host: Pick<HostFacts, "cgroupVersion">,
): readonly OciMount[] {
  const taken = new Set(ready.map((mount) => mount.target));
  return [
    ...defaultMounts(spec.privileged ? "rw" : "ro", host.cgroupVersion).filter(
      (mount) => !taken.has(mount.destination),
    ),
    ...ready.map(toOciMount).toSorted(byDepth),
  ];
}

function defaultMounts(access: "ro" | "rw", cgroupVersion: 1 | 2): readonly OciMount[] {
  const strict = ["nosuid", "noexec", "nodev"];
  const mount = (
    destination: string,
    type: string,
    source: string,
    options: readonly string[],
  ): OciMount => ({
    destination,
    type,
    source,
    options,
  });
  return [
    mount("/proc", "proc", "proc", strict),
    mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
    mount("/dev/pts", "devpts", "devpts", [
      "nosuid",
      "noexec",
      "newinstance",
      "ptmxmode=0666",
      "mode=0620",
      "gid=5",
    ]),
    mount("/sys", "sysfs", "sysfs", [...strict, access]),
    mount("/sys/fs/cgroup", cgroupVersion === 2 ? "cgroup2" : "cgroup", "cgroup", [...strict, access]),
    mount("/dev/mqueue", "mqueue", "mqueue", strict),
    mount("/dev/shm", "tmpfs", "shm", [...strict, "mode=1777", `size=${64 * 1024 * 1024}`]),
  ];
}

function toOciMount(mount: ReadyMount): OciMount {
  switch (mount.kind) {
    case "bind":
      return {
        destination: mount.target,
        type: "bind",
        source: mount.source,
        options: ["rbind", "rprivate", mount.readOnly ? "ro" : "rw"],
      };
    case "tmpfs":
      return {
        destination: mount.target,
        type: "tmpfs",
        source: "tmpfs",
        options: [
          "nosuid",
          "noexec",
          "nodev",
          `mode=${(mount.mode ?? 0o1777).toString(8)}`,
          ...(mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`]),
        ],
      };
  }
}

const depth = (path: string): number => path.split("/").filter((part) => part !== "").length;

function byDepth(a: OciMount, b: OciMount): number {
  return depth(a.destination) - depth(b.destination) || (a.destination < b.destination ? -1 : 1);
}
