/** What a container of a stack is called on its networks. Pure. */
import type { ServiceName, StackName } from "../model/ids.ts";
import type { Naming, ServiceNaming } from "../model/naming.ts";
import { containerName, type CreateOperation } from "../reconcile/operation.ts";

export function namingOf({ stack, container, source }: CreateOperation): Naming {
  const { service } = container;
  return {
    names: [containerName(stack, container)],
    service: {
      id: `${stack}/${service}`,
      ...serviceNames(stack, service),
      mode: endpointMode(source),
    },
  };
}

/** As in Swarm: the service by its name, with its stack where another one has the same, and its tasks. */
export function serviceNames(
  stack: StackName,
  service: ServiceName,
): Pick<ServiceNaming, "names" | "memberNames"> {
  const names = [service, `${service}.${stack}`];
  return { names, memberNames: names.map((name) => `tasks.${name}`) };
}

function endpointMode({ deploy }: CreateOperation["source"]): "vip" | "dnsrr" {
  const isMapping = typeof deploy === "object" && deploy !== null && "endpoint_mode" in deploy;
  return isMapping && deploy["endpoint_mode"] === "dnsrr" ? "dnsrr" : "vip";
}
