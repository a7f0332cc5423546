/** What there is to know of one container, besides its status. Takes no lock and writes nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerSpec } from "../../model/container-spec.ts";
import type { Healthcheck } from "../../model/healthcheck.ts";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Health } from "../health/health.ts";
import { readHealth } from "../health/health-file.ts";
import { instanceOf } from "../instance.ts";
import { namespacePath } from "../network/namespace.ts";
import type { RuntimePaths } from "../types.ts";
import { findCgroups } from "./cgroup/cgroups.ts";
import { layoutOf } from "./layout.ts";
import { requireRecord, type ContainerExit, type ContainerRecord } from "./record.ts";
import type { OciSpec } from "./spec/oci-spec.ts";

export interface ContainerDetails {
  /** As it was asked for. */
  readonly spec: ContainerSpec;
  readonly stopSignal: number;
  readonly runtime: ContainerRecord["runtime"];
  readonly isolation: ContainerRecord["isolation"];
  /** How the run before the present one ended. */
  readonly lastExit?: ContainerExit;
  readonly healthcheck?: Healthcheck;
  /** Of the present run, with the last probes. */
  readonly health?: Health;
  /** As the OCI runtime was given it; absent where its process is not made. */
  readonly oci?: OciSpec;
  /** Absolute; not all of them need be there. */
  readonly paths: {
    readonly home: string;
    readonly bundle: string;
    readonly root: string;
    readonly log: string;
    readonly networkNamespace: string;
    /** As the OCI runtime takes it. */
    readonly cgroup: string;
  };
}

export function inspectContainer(paths: RuntimePaths, id: ContainerId): ContainerDetails {
  const record = requireRecord(paths, id);
  const layout = layoutOf(paths, id);
  const health = readHealth(paths, record);
  const oci = readSpec(join(layout.bundle, "config.json"));
  return {
    spec: record.spec,
    stopSignal: record.stopSignal,
    runtime: record.runtime,
    isolation: record.isolation,
    ...(record.lastExit && { lastExit: record.lastExit }),
    ...(record.healthcheck && { healthcheck: record.healthcheck }),
    ...(health && { health }),
    ...(oci && { oci }),
    paths: {
      home: layout.home,
      bundle: layout.bundle,
      root: layout.merged,
      log: layout.log,
      networkNamespace: namespacePath(paths, id),
      cgroup: findCgroups(instanceOf(paths)).pathFor(id),
    },
  };
}

/** As we wrote it, in a folder of root's alone. */
function readSpec(path: string): OciSpec | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as OciSpec;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
