/** Taking containers out of service: leave, stop, remove, one after the other, each only when the one before is seen. */
import type { ServiceName, StackName } from "../../model/ids.ts";
import type { Route } from "../../model/route.ts";
import type { Cause, ContainerRef, Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import type { ObservedContainer } from "../types.ts";

export interface RetireOptions {
  readonly routes: readonly Route[];
  readonly cause: Cause;
  readonly isBusy: (containerId: string) => boolean;
  /** How long its open connections are waited for, at most. */
  readonly drainMs?: number | undefined;
  /** It is started again when it has stopped. */
  readonly resumes?: true;
  /** Keys of what must have happened before the first step. */
  readonly after: readonly string[];
}

/** The next operation that brings this container nearer to its end; undefined while one is under way. */
export function retire(container: ObservedContainer, options: RetireOptions): Operation | undefined {
  if (options.isBusy(container.id)) return undefined;
  const common = { stack: container.stack, container: refOf(container), cause: options.cause };
  const joined = joinedPorts(container, options.routes);
  const leave = containerKey("leave", container.id);
  const stop = containerKey("stop", container.id);
  if (joined.length > 0) return { kind: "leave", ...common, ports: joined, after: options.after };
  if (container.state === "running") {
    const drain = options.drainMs === undefined ? {} : { drainMs: options.drainMs };
    const resumes = options.resumes ? { resumes: true as const } : {};
    return { kind: "stop", ...common, ...drain, ...resumes, after: [leave, ...options.after] };
  }
  const { networks } = container;
  return { kind: "remove", ...common, ...(networks && { networks }), after: [leave, stop, ...options.after] };
}

/** Host ports behind which this container is a backend now. */
export function joinedPorts(container: ObservedContainer, routes: readonly Route[]): readonly Route[] {
  return routes.filter((route) => route.backends.some((backend) => backend.containerId === container.id));
}

export function refOf(container: {
  readonly id: ObservedContainer["id"];
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly slot: number;
}): ContainerRef {
  return { id: container.id, service: container.service, slot: container.slot };
}
