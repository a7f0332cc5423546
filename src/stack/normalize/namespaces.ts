/** `pid`, `ipc`, `uts` and `cgroup`: which namespaces are the host's. */
import type { ContainerSpec, HostNamespace } from "../../model/container-spec.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import type { CanonicalService } from "../canonical-stack.ts";

interface Context {
  readonly path: string;
  readonly checking: Checking;
}

/** What each may be besides `host`: one of its own. */
const own = { pid: ["", "private"], ipc: ["", "private", "shareable"], uts: ["", "private"] } as const;

export function namespacesOf(
  service: CanonicalService,
  context: Context,
): Pick<ContainerSpec, "hostNamespaces" | "cgroupNamespace"> {
  const shared = (["pid", "ipc", "uts"] as const).filter((kind) => isHost(kind, service, context));
  checkHostname(service, shared, context);
  return {
    ...(shared.length === 0 ? {} : { hostNamespaces: shared }),
    ...(service.cgroup === undefined ? {} : { cgroupNamespace: service.cgroup }),
  };
}

function isHost(
  kind: keyof typeof own,
  service: CanonicalService,
  { path, checking }: Context,
): kind is HostNamespace {
  const mode = service[kind] ?? "";
  if (kind === "pid" && mode.startsWith("service:")) return false;
  const known: readonly string[] = own[kind];
  if (mode !== "host" && !known.includes(mode)) {
    errorAt(checking, `${path}.${kind}`, {
      code: "unsupported-value",
      message: `${path}.${kind} is ${JSON.stringify(mode)}, which is not supported`,
      hint: `Write host${kind === "pid" ? " or service:NAME" : ""}, or remove it for a namespace of its own.`,
    });
  }
  return mode === "host";
}

function checkHostname(
  { hostname, network_mode: network = "" }: CanonicalService,
  shared: readonly HostNamespace[],
  { path, checking }: Context,
): void {
  if (hostname === undefined) return;
  if (network.startsWith("service:")) {
    errorAt(checking, `${path}.hostname`, {
      code: "conflicting-keys",
      message: `${path} has a hostname, and the network of another service, whose name comes with it`,
      hint: "Remove hostname, or network_mode.",
    });
  }
  if (!shared.includes("uts")) return;
  errorAt(checking, `${path}.hostname`, {
    code: "conflicting-keys",
    message: `${path} has a hostname and the host's own host name namespace`,
    hint: "Remove hostname, or uts: host.",
  });
}
