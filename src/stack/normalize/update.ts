/** How a service moves to a new spec: what `deploy.update_config` says of it. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import type { UpdatePolicy } from "../../model/stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import type { CanonicalService } from "../canonical-stack.ts";

export function updatePolicy(
  { deploy }: CanonicalService,
  {
    path,
    checking,
    container,
  }: { readonly path: string; readonly checking: Checking; readonly container: ContainerSpec },
): UpdatePolicy | undefined {
  if (deploy?.update_config === undefined) return undefined;
  const { order, monitor } = deploy.update_config;
  const shared = container.mounts.find(
    (mount) => mount.kind === "volume" && mount.volume !== undefined && !mount.readOnly,
  );
  if (order === "start-first" && shared !== undefined) {
    errorAt(checking, `${path}.deploy.update_config.order`, {
      code: "conflicting-keys",
      message: `${path} starts new replicas first, and writes to a volume at ${shared.target}: for a while, old and new would both write`,
      hint: "Mount the volume read-only, or write stop-first.",
    });
  }
  const monitorMs = parseDuration(monitor ?? "");
  return { ...(order !== undefined && { order }), ...(monitorMs !== undefined && { monitorMs }) };
}
