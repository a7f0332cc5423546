/** The published ports that we can serve; the others are named. */
import { isIP, isIPv6 } from "node:net";
import { canonicalAddress } from "../../model/host-address.ts";
import { isLinkDriver } from "../../model/network.ts";
import { ourPorts } from "../../model/our-ports.ts";
import type { PublishedPort } from "../../model/stack.ts";
import type { CanonicalPort, CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { nearest } from "../../model/nearest.ts";
import { isJoin } from "../joins.ts";
import { isCniDriver } from "./networks.ts";

export interface PortsContext {
  readonly path: string;
  readonly checking: Checking;
  readonly replicas: number;
  /** Of the network that would receive them. */
  readonly driver: string;
  /** It may have addresses of IPv6. */
  readonly hasIPv6: boolean;
}

/** In the order of the file, where each has its place. */
export function publishedPorts(
  { ports = [], network_mode: network = "" }: CanonicalService,
  { path, checking, ...service }: PortsContext,
): readonly PublishedPort[] {
  if (ports.length > 0 && isJoin(network)) {
    errorAt(checking, `${path}.ports`, {
      code: "conflicting-keys",
      message: `${path} publishes ports of a network that is another container's`,
      hint: `Move ports to ${network.replace(/^\w+:/, "")}, whose network it is.`,
    });
    return [];
  }
  if (ports.length > 0 && (network === "host" || network === "none")) {
    warningAt(checking, `${path}.ports`, {
      code: "no-effect",
      message: `${path}.ports has no effect with network_mode ${network}`,
      hint: "Remove ports, or network_mode.",
    });
    return [];
  }
  if (ports.length > 0 && isLinkDriver(service.driver)) {
    warningAt(checking, `${path}.ports`, {
      code: "no-effect",
      message: `${path}.ports has no effect: it is not on a bridge of ours first, and all its ports are reached by its own address`,
      hint: "Remove ports, or have it join a network with the driver bridge, too.",
    });
    return [];
  }
  const byPlugins = isCniDriver(service.driver) ? ({ byPlugins: true, ofOneReplica: true } as const) : {};
  return ports.flatMap((port, index) => {
    const at = { path: `${path}.ports[${index}]`, checking };
    const published = publishedPort(port, { ...at, ...service });
    if (published === undefined) return [];
    const led = { ...published, ...byPlugins };
    if (led.ofOneReplica) checkOneReplica(led, { ...at, ...service });
    return led;
  });
}

/**
 * As in Swarm, `mode: host` is a port of the replica, on the one host that there is; of a range each has one, as in
 * Compose. So it is with what plugins of CNI lead on: they know of one container at a time.
 */
function checkOneReplica(
  { hostPort, choice, byPlugins }: PublishedPort,
  { path, checking, replicas, driver }: PortsContext,
): void {
  const most = choice === undefined ? 1 : choice.last - choice.first + 1;
  if (replicas <= most) return;
  const how = byPlugins ? `led on by the CNI configuration ${driver}` : "in mode host";
  const why =
    choice === undefined
      ? `port ${hostPort} is ${how}, and can be that of one replica only`
      : `ports ${choice.first}-${choice.last} are ${how}, one for each replica`;
  const remedy = byPlugins ? "Join a network with the driver bridge, too" : "Leave mode away";
  errorAt(checking, path, {
    code: "port-conflict",
    message: `${path}: ${why}, but there are to be ${replicas}`,
    hint: `${remedy}, so that the port leads to all replicas, or have ${most === 1 ? "one replica" : `at most ${most} replicas`}.`,
  });
}

/** Docker's. */
const protocols: readonly string[] = ["tcp", "udp", "sctp"];

function publishedPort(
  port: CanonicalPort,
  { path, checking, hasIPv6 }: Pick<PortsContext, "path" | "checking" | "hasIPv6">,
): PublishedPort | undefined {
  if (!protocols.includes(port.protocol)) {
    const meant = nearest(port.protocol, protocols);
    errorAt(checking, path, {
      code: "invalid-port",
      message: `${path} has the protocol ${JSON.stringify(port.protocol)}, which is none`,
      hint: meant === undefined ? "Write tcp or udp." : `Did you mean \`${meant}\`?`,
    });
    return undefined;
  }
  const obstacle = unsupported(port, hasIPv6);
  if (obstacle !== undefined) {
    warningAt(checking, path, {
      code: "unsupported-value",
      message: `${path} is not published: ${obstacle.why}`,
      hint: obstacle.hint,
    });
    return undefined;
  }
  const hostAddress = canonicalAddress(port.host_ip ?? "0.0.0.0");
  if (isIP(hostAddress) !== 0) {
    const protocol = port.protocol === "udp" ? "udp" : "tcp";
    return {
      hostAddress,
      ...hostPortOf(port),
      containerPort: port.target,
      protocol,
      ...(port.host_ip === "0.0.0.0" && { ipv4Only: true }),
      ...(port.mode === "host" && { ofOneReplica: true }),
    };
  }
  errorAt(checking, path, {
    code: "invalid-port",
    message: `${path} is published on ${JSON.stringify(hostAddress)}, which is no address`,
    hint: "Give an address of the host, or none for all of them.",
  });
  return undefined;
}

function hostPortOf({ published = "" }: CanonicalPort): Pick<PublishedPort, "hostPort" | "choice"> {
  const [first = 0, last = first] = published.split("-").map(Number);
  if (first === 0) return { hostPort: 0, choice: ourPorts };
  return last > first ? { hostPort: 0, choice: { first, last } } : { hostPort: first };
}

/** Why the port cannot be published. */
function unsupported(
  { protocol, mode, host_ip: address = "" }: CanonicalPort,
  hasIPv6: boolean,
): { readonly why: string; readonly hint: string } | undefined {
  const hint = 'Publish a TCP or UDP port under a port of your choice, such as "8080:80".';
  if (protocol !== "tcp" && protocol !== "udp")
    return { why: `the protocol ${protocol} is not supported yet`, hint };
  if (mode !== "ingress" && mode !== "host") return { why: `mode ${mode} is not supported yet`, hint };
  if (protocol !== "udp" || !isIPv6(address) || hasIPv6 || canonicalAddress(address) === "::1") {
    return undefined;
  }
  return {
    why: "UDP is led on by IPv6 only to who has it",
    hint: "Set enable_ipv6: true on a network of the service, or publish the port on an address of IPv4.",
  };
}
