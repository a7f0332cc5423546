/** The mounts of a container: Docker's own, then what was asked for, folders before what lies in them. */
import type { ContainerSpec, Mount } from "../../../model/container-spec.ts";
import type { HostFacts } from "./host-facts.ts";
import type { OciMount } from "./oci-spec.ts";

/** A mount whose source is there and whose target was resolved inside the root. */
export type ReadyMount =
  | ReadyBind
  | (Mount & { readonly kind: "tmpfs" })
  /** Its options are final: of a CDI device. */
  | { readonly kind: "as-given"; readonly target: string; readonly mount: OciMount };

/** The root must take part where a mount below it is to hear from the host, or be heard there. */
export function rootPropagationOf(ready: readonly ReadyMount[]): "shared" | "rslave" | undefined {
  const modes = new Set(ready.map((mount) => (mount.kind === "bind" ? mount.propagation : undefined)));
  if (modes.has("shared") || modes.has("rshared")) return "shared";
  return modes.has("slave") || modes.has("rslave") ? "rslave" : undefined;
}

export type ReadyBind = { readonly kind: "bind"; readonly source: string } & Pick<
  Mount & { kind: "bind" },
  "target" | "readOnly" | "propagation" | "recursive"
> & {
    /** Its files have the container's own ids, as the host has them on the disk. Else they belong to the host. */
    readonly ownIds?: boolean;
  };

/** A default gives way to a mount on the same target. */
export function mountsOf(
  spec: Pick<ContainerSpec, "privileged" | "shmSizeBytes" | "hostNamespaces">,
  ready: readonly ReadyMount[],
  host: Pick<HostFacts, "cgroupVersion" | "ipcMounts">,
): readonly OciMount[] {
  const taken = new Set(ready.map((mount) => mount.target));
  return [
    ...defaultMounts(spec, host).filter((mount) => !taken.has(mount.destination)),
    ...ready.map(toOciMount).toSorted(byDepth),
  ];
}

function defaultMounts(
  { privileged, shmSizeBytes = defaultShmSizeBytes, hostNamespaces = [] }: Parameters<typeof mountsOf>[0],
  { cgroupVersion, ipcMounts }: Parameters<typeof mountsOf>[2],
): readonly OciMount[] {
  const access = privileged ? "rw" : "ro";
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
    ...(hostNamespaces.includes("ipc")
      ? ipcMounts.map((path) => mount(path, "bind", path, ["rbind", ...strict]))
      : [
          mount("/dev/mqueue", "mqueue", "mqueue", strict),
          mount("/dev/shm", "tmpfs", "shm", [...strict, "mode=1777", `size=${shmSizeBytes}`]),
        ]),
  ];
}

export const defaultShmSizeBytes = 64 * 1024 * 1024;

function toOciMount(mount: ReadyMount): OciMount {
  switch (mount.kind) {
    case "bind":
      return {
        destination: mount.target,
        type: "bind",
        source: mount.source,
        options: [
          mount.recursive === "disabled" ? "bind" : "rbind",
          mount.propagation ?? "rprivate",
          mount.readOnly ? (mount.recursive === "readonly" ? "rro" : "ro") : "rw",
        ],
      };
    case "as-given":
      return mount.mount;
    case "tmpfs": {
      const asked = mount.options ?? [];
      return {
        destination: mount.target,
        type: "tmpfs",
        source: "tmpfs",
        options: [
          ...["nosuid", "noexec", "nodev"].filter((option) => !asked.includes(option.slice(2))),
          ...asked,
          `mode=${(mount.mode ?? 0o1777).toString(8)}`,
          ...(mount.sizeBytes === undefined ? [] : [`size=${mount.sizeBytes}`]),
        ],
      };
    }
  }
}

const depth = (path: string): number => path.split("/").filter((part) => part !== "").length;

function byDepth(a: OciMount, b: OciMount): number {
  return depth(a.destination) - depth(b.destination) || (a.destination < b.destination ? -1 : 1);
}
