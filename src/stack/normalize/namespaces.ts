/** `pid`, `ipc`, `uts` and `cgroup`: which namespaces are the host's, or another container's. */
import type { ContainerSpec, HostNamespace } from "../../model/container-spec.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { isJoin } from "../joins.ts";

interface Context {
  readonly path: string;
  readonly checking: Checking;
}

/** What each may be besides `host`, `service:NAME` and `container:NAME`: one of its own. */
const own = { pid: ["", "private"], ipc: ["", "private", "shareable"], uts: ["", "private"] } as const;

export function namespacesOf(
  service: CanonicalService,
  context: Context,
): Pick<ContainerSpec, "hostNamespaces" | "ipc" | "cgroupNamespace"> {
  const shared = (["pid", "ipc", "uts"] as const).filter((kind) => isHost(kind, service, context));
  const ipc = isJoin(service.ipc) ? "joined" : service.ipc;
  checkHostname(service, shared, context);
  checkShmSize(service, context);
  return {
    ...(shared.length === 0 ? {} : { hostNamespaces: shared }),
    ...(ipc === "shareable" || ipc === "joined" ? { ipc } : {}),
    ...(service.cgroup === undefined ? {} : { cgroupNamespace: service.cgroup }),
  };
}

function isHost(
  kind: keyof typeof own,
  service: CanonicalService,
  { path, checking }: Context,
): kind is HostNamespace {
  const mode = service[kind] ?? "";
  const canJoin = kind !== "uts";
  if (canJoin && isJoin(mode)) return false;
  const known: readonly string[] = own[kind];
  if (mode !== "host" && !known.includes(mode)) {
    errorAt(checking, `${path}.${kind}`, {
      code: "unsupported-value",
      message: `${path}.${kind} is ${JSON.stringify(mode)}, which is not supported`,
      hint: `Write host${canJoin ? ", service:NAME or container:NAME" : ""}, or remove it for a namespace of its own.`,
    });
  }
  return mode === "host";
}

/** Whose /dev/shm is somebody else's has no say in its size. */
function checkShmSize({ shm_size: size, ipc = "" }: CanonicalService, { path, checking }: Context): void {
  if (size === undefined || (ipc !== "host" && !isJoin(ipc))) return;
  warningAt(checking, `${path}.shm_size`, {
    code: "no-effect",
    message: `${path}.shm_size has no effect with ipc ${ipc}, whose /dev/shm it is`,
    hint: "Remove shm_size, or ipc.",
  });
}

function checkHostname(
  { hostname, domainname, network_mode: network = "" }: CanonicalService,
  shared: readonly HostNamespace[],
  { path, checking }: Context,
): void {
  for (const [key, name] of Object.entries({ hostname, domainname })) {
    if (name === undefined) continue;
    if (isJoin(network)) {
      errorAt(checking, `${path}.${key}`, {
        code: "conflicting-keys",
        message: `${path} has a ${key}, and the network of another container, whose name comes with it`,
        hint: `Remove ${key}, or network_mode.`,
      });
    }
    if (!shared.includes("uts")) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path} has a ${key} and the host's own host name namespace`,
      hint: `Remove ${key}, or uts: host.`,
    });
  }
}
