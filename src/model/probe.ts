/** Probes of a service, as Kubernetes has them: plain data, times in milliseconds. */
import type { ContainerSpec } from "./container-spec.ts";

/**
 * `startup`: until it has succeeded, the others do not run. `liveness`: whether it is to be restarted. `readiness`:
 * whether it may have traffic.
 */
export const probeKinds = ["startup", "liveness", "readiness"] as const;

export type ProbeKind = (typeof probeKinds)[number];

export type Probes = Readonly<Partial<Record<ProbeKind, Probe>>>;

export interface Probe {
  readonly action: ProbeAction;
  /** From the start of the container to the first one. */
  readonly initialDelayMs: number;
  /** From the beginning of one to the beginning of the next. */
  readonly intervalMs: number;
  /** One that takes longer has failed. */
  readonly timeoutMs: number;
  /** So many in a row that succeed, or fail, change what is thought of the container. */
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** What is done; a port is one that is listened on in the container's network. */
export type ProbeAction =
  | {
      readonly kind: "http";
      readonly scheme: "http" | "https";
      readonly port: number;
      /** With its query. */
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Codes of answers that are a success. */
      readonly statuses: readonly StatusRange[];
    }
  | { readonly kind: "tcp"; readonly port: number }
  | {
      readonly kind: "grpc";
      readonly port: number;
      /** As grpc.health.v1 takes it; empty: the server as a whole. */
      readonly service: string;
    }
  /** Succeeds with exit code 0. */
  | { readonly kind: "exec"; readonly command: readonly string[] };

/** Both are in it. */
export interface StatusRange {
  readonly first: number;
  readonly last: number;
}

/** Whether a service says how its health is told; its image may, too. */
export function saysHealth({ healthcheck, probes }: Pick<ContainerSpec, "healthcheck" | "probes">): boolean {
  const [kind] = healthcheck?.test ?? [];
  return probes !== undefined || (kind !== undefined && kind !== "NONE");
}
