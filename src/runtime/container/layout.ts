/** Where a container keeps what it has. */
import { join } from "node:path";
import type { ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";

/** Absolute paths. What is under `home` survives a reboot, what is under `bundle` does not. */
export interface ContainerLayout {
  readonly home: string;
  readonly record: string;
  /** Where conmon leaves `exit` (the code) and `oom` (empty). */
  readonly persist: string;
  readonly exitFile: string;
  readonly oomFile: string;
  /** What the journal has been told of the present run, a marker each. */
  readonly told: string;
  readonly logFolder: string;
  readonly log: string;
  readonly bundle: string;
  readonly merged: string;
  /** Second mounts of what it is made of, which are there only while it is made. */
  readonly clones: string;
  /** Parts of volumes that it mounts, which are there only while it is made, too. */
  readonly volumeParts: string;
  /** hosts, hostname and resolv.conf. */
  readonly etc: string;
  /** Held by conmon for as long as it lives; its first line is the pid, or why there is none. */
  readonly tether: string;
  readonly conmonPid: string;
  readonly ociLog: string;
  /** conmon's, for the container's input and output: a socket of type SOCK_SEQPACKET. */
  readonly attachSocket: string;
  /** conmon's FIFO for commands: the size of the terminal, a new log file. */
  readonly control: string;
  /** What is known of the health of the present run. */
  readonly health: string;
  /** What a probe needs and leaves; there only while one is under way. */
  readonly probe: string;
  /** Of a one-off container: held by the process that made it, which takes it away again. */
  readonly owner: string;
  /** conmon's notice of the exit; only to wake whoever watches the folder. */
  readonly exitNotice: string;
  /** Where its user namespace is mounted; kept over restarts, as its network namespace is. */
  readonly userNamespace: string;
  /** Of one that shares its IPC namespace: that, and what is its /dev/shm. Kept over restarts, too. */
  readonly ipc: { readonly folder: string; readonly namespace: string; readonly sharedMemory: string };
}

export function layoutOf(paths: RuntimePaths, id: ContainerId): ContainerLayout {
  const home = join(foldersOf(paths).containers, id);
  const bundle = join(foldersOf(paths).bundles, id);
  const ipc = join(foldersOf(paths).ipc, id);
  return {
    home,
    record: join(home, "record.json"),
    persist: join(home, "persist"),
    exitFile: join(home, "persist/exit"),
    oomFile: join(home, "persist/oom"),
    told: join(home, "told"),
    logFolder: join(home, "log"),
    log: join(home, "log/current.log"),
    bundle,
    merged: join(bundle, "merged"),
    clones: join(bundle, "clones"),
    volumeParts: join(bundle, "volume-parts"),
    etc: join(bundle, "etc"),
    tether: join(bundle, "sync"),
    conmonPid: join(bundle, "conmon.pid"),
    ociLog: join(bundle, "oci.log"),
    attachSocket: join(bundle, "attach"),
    control: join(bundle, "ctl"),
    health: join(bundle, "health.json"),
    probe: join(bundle, "probe"),
    owner: join(foldersOf(paths).owners, id),
    exitNotice: join(foldersOf(paths).exits, id),
    userNamespace: join(foldersOf(paths).userNamespaces, id),
    ipc: { folder: ipc, namespace: join(ipc, "namespace"), sharedMemory: join(ipc, "shm") },
  };
}

/** Folders that hold one entry per container; `runtimes` holds one such folder for each OCI runtime but runc. */
export function foldersOf(
  paths: RuntimePaths,
): Readonly<
  Record<
    "containers" | "bundles" | "exits" | "ipc" | "owners" | "runc" | "runtimes" | "userNamespaces",
    string
  >
> {
  return {
    containers: join(paths.dataDir, "containers"),
    bundles: join(paths.runDir, "bundles"),
    exits: join(paths.runDir, "exits"),
    ipc: join(paths.runDir, "ipc"),
    owners: join(paths.runDir, "owners"),
    runc: join(paths.runDir, "runc"),
    userNamespaces: join(paths.runDir, "userns"),
    runtimes: join(paths.runDir, "runtimes"),
  };
}
