/** The plainest container: what Compose makes of a service with nothing but an image. */
import type { ContainerSpec } from "../../src/model/container-spec.ts";

export function aContainerSpec(
  changes: Partial<ContainerSpec> & Pick<ContainerSpec, "image">,
): ContainerSpec {
  return {
    environment: {},
    labels: {},
    mounts: [],
    readOnly: false,
    init: false,
    capAdd: [],
    capDrop: [],
    privileged: false,
    security: { noNewPrivileges: false, seccomp: "default", apparmor: "default" },
    sysctls: {},
    ulimits: [],
    resources: {},
    network: "bridge",
    stopGraceMs: 10_000,
    ...changes,
  };
}
