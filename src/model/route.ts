/** A published TCP port and who answers it. */
import type { ContainerId } from "./ids.ts";

export interface HostPort {
  /** Address on the host; `0.0.0.0` is all of them. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: "tcp";
}

export interface Route extends HostPort {
  /** In order of container id. */
  readonly backends: readonly RouteBackend[];
}

export interface RouteBackend {
  readonly containerId: ContainerId;
  readonly port: number;
}
