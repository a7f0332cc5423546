/** `network_mode`, `pid` and `ipc: service:NAME`: whose namespaces a service shares. */
import type { JoinedNamespace } from "../model/container-spec.ts";
import type { CanonicalService } from "./canonical-stack.ts";

export interface CanonicalJoin {
  readonly namespace: JoinedNamespace;
  readonly key: "network_mode" | "pid" | "ipc";
  readonly service: string;
}

export function joinsOf({
  network_mode: network = "",
  pid = "",
  ipc = "",
}: CanonicalService): readonly CanonicalJoin[] {
  return [
    ...joinOf(network, { namespace: "network", key: "network_mode" }),
    ...joinOf(pid, { namespace: "pid", key: "pid" }),
    ...joinOf(ipc, { namespace: "ipc", key: "ipc" }),
  ];
}

function joinOf(mode: string, join: Omit<CanonicalJoin, "service">): readonly CanonicalJoin[] {
  const [, service] = /^service:(.+)$/.exec(mode) ?? [];
  return service === undefined ? [] : [{ ...join, service }];
}
