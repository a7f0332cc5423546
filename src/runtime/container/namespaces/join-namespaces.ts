/** Namespaces that a container shares with another one, which has to be there, created or running. */
import type { JoinedNamespace, NetworkMode } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import { isAlive } from "../../../sys/process.ts";
import type { RuntimePaths } from "../../types.ts";
import { layoutOf, type ContainerLayout } from "../layout.ts";
import { readRecord, type ContainerRecord } from "../record.ts";

export interface JoinedNamespaces {
  /** For `linux.namespaces[].path` of the runtime specification. */
  readonly paths: Readonly<Partial<Record<JoinedNamespace, string>>>;
  /** Of the one whose network it is on: whoever is on a network has its names, too. */
  readonly network?: {
    readonly mode: NetworkMode;
    readonly hostname: string;
    readonly domainname?: string;
    readonly addresses: readonly string[];
    /** The folder of its /etc/hosts and /etc/resolv.conf. */
    readonly etc: string;
  };
  /** The folder that is the /dev/shm of the one whose IPC namespace it has. */
  readonly sharedMemory?: string;
}

/** Throws JOINED_CONTAINER_GONE where one of them has no process, IPC_NOT_SHAREABLE where it shares none. */
export function joinNamespaces(paths: RuntimePaths, joins: ContainerRecord["joins"] = {}): JoinedNamespaces {
  const network = joins.network === undefined ? undefined : requireAlive(paths, joins.network);
  const pid = joins.pid === undefined ? undefined : requireAlive(paths, joins.pid);
  const ipc = joins.ipc === undefined ? undefined : requireShareable(paths, joins.ipc);
  return {
    paths: {
      ...(network && { network: `/proc/${network.pid}/ns/net` }),
      ...(pid && { pid: `/proc/${pid.pid}/ns/pid` }),
      ...(ipc && { ipc: ipc.namespace }),
    },
    ...(network && {
      network: {
        mode: network.record.spec.network,
        hostname: network.record.spec.hostname ?? network.record.id.slice(0, 12),
        ...(network.record.spec.domainname !== undefined && { domainname: network.record.spec.domainname }),
        addresses: network.record.addresses,
        etc: layoutOf(paths, network.record.id).etc,
      },
    }),
    ...(ipc && { sharedMemory: ipc.sharedMemory }),
  };
}

function requireShareable(paths: RuntimePaths, id: ContainerId): ContainerLayout["ipc"] {
  const { record } = requireAlive(paths, id);
  if (record.spec.ipc === "shareable") return layoutOf(paths, id).ipc;
  throw new TallymanError("IPC_NOT_SHAREABLE", `container ${record.name} keeps its IPC namespace to itself`, {
    hint: "Make it with `ipc: shareable`.",
  });
}

function requireAlive(
  paths: RuntimePaths,
  id: ContainerId,
): { readonly record: ContainerRecord; readonly pid: number } {
  const found = readRecord(paths, id);
  if (found.kind === "record") {
    const { record } = found;
    if (record.run && isAlive(record.run.process)) return { record, pid: record.run.process.pid };
  }
  const name = found.kind === "record" ? found.record.name : id;
  throw new TallymanError(
    "JOINED_CONTAINER_GONE",
    `container ${name}, whose namespaces are to be shared, does not run`,
    {
      hint: "Look at its logs; what shares its namespaces can start when it runs again.",
    },
  );
}
