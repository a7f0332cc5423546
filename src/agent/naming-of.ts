/** What a container of a stack is called on its networks. Pure. */
import type { Naming } from "../model/naming.ts";
import { containerName, type CreateOperation } from "../reconcile/operation.ts";

/** As in Swarm: the service by its name, with its stack where another one has the same, and its tasks. */
export function namingOf({ stack, container, source }: CreateOperation): Naming {
  const { service } = container;
  const names = [service, `${service}.${stack}`];
  return {
    names: [containerName(stack, container)],
    service: {
      id: `${stack}/${service}`,
      names,
      memberNames: names.map((name) => `tasks.${name}`),
      mode: endpointMode(source),
    },
  };
}

function endpointMode({ deploy }: CreateOperation["source"]): "vip" | "dnsrr" {
  const isMapping = typeof deploy === "object" && deploy !== null && "endpoint_mode" in deploy;
  return isMapping && deploy["endpoint_mode"] === "dnsrr" ? "dnsrr" : "vip";
}
