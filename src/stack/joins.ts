/** `network_mode`, `pid` and `ipc: service:NAME` or `container:NAME`: whose namespaces a service shares. */
import type { JoinedNamespace } from "../model/container-spec.ts";
import type { CanonicalService } from "./canonical-stack.ts";

export interface CanonicalJoin {
  readonly namespace: JoinedNamespace;
  readonly key: "network_mode" | "pid" | "ipc";
  readonly service: string;
}

export interface CanonicalContainerJoin extends Omit<CanonicalJoin, "service"> {
  /** Of any stack, as `ps` names it. */
  readonly container: string;
}

/** With services of the same stack. */
export function joinsOf(service: CanonicalService): readonly CanonicalJoin[] {
  return modesOf(service).flatMap(({ mode, ...join }) => {
    const [, name] = /^service:(.+)$/.exec(mode) ?? [];
    return name === undefined ? [] : [{ ...join, service: name }];
  });
}

/** With containers of other stacks. */
export function containerJoinsOf(service: CanonicalService): readonly CanonicalContainerJoin[] {
  return modesOf(service).flatMap(({ mode, ...join }) => {
    const [, container] = /^container:(.+)$/.exec(mode) ?? [];
    return container === undefined ? [] : [{ ...join, container }];
  });
}

/** Whether the namespace that a mode names is another one's, who has the say about it. */
export function isJoin(mode = ""): boolean {
  return /^(service|container):./.test(mode);
}

type Mode = Omit<CanonicalJoin, "service"> & { readonly mode: string };

function modesOf({ network_mode: network = "", pid = "", ipc = "" }: CanonicalService): readonly Mode[] {
  return [
    { mode: network, namespace: "network", key: "network_mode" },
    { mode: pid, namespace: "pid", key: "pid" },
    { mode: ipc, namespace: "ipc", key: "ipc" },
  ];
}
