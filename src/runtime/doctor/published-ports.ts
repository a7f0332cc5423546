/** Whether the ports that containers have are theirs alone: held for them, and nobody else listens there. */
import { isHostAddress } from "../../model/host-address.ts";
import { portsMeet, type HeldPort } from "../../model/route.ts";
import { recordedPorts } from "../container/recorded-ports.ts";
import { hostAddresses } from "../network/host-addresses.ts";
import { portsInUse, type Listener } from "../network/listening-socket.ts";
import { findHolders, holderOf } from "../ports/find-holders.ts";
import { portOfHolder } from "../ports/holder.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

export async function checkPublishedPorts(paths: RuntimePaths): Promise<Check> {
  const ports = [...recordedPorts(paths).values()].flat();
  if (ports.length === 0) return judgePublishedPorts({ ports, unheld: [], others: [], unreached: [] });
  const held = findHolders(paths).map(({ name }) => portOfHolder(name));
  const listeners = await portsInUse(ports);
  const addresses = hostAddresses();
  return judgePublishedPorts({
    ports,
    unheld: ports.filter((port) => !held.some((holder) => portsMeet(holder, port))),
    others: listeners.filter(({ process }) => !process || holderOf(paths, process.pid).length === 0),
    unreached: ports.filter(({ hostAddress }) => !isHostAddress(hostAddress, addresses)),
  });
}

export interface PublishedPortFacts {
  /** Of all containers, running or not. */
  readonly ports: readonly HeldPort[];
  /** Those of them that any program could take. */
  readonly unheld: readonly HeldPort[];
  /** Listeners on one of them that are not ours. */
  readonly others: readonly Listener[];
  /** On addresses that the host does not have. */
  readonly unreached: readonly HeldPort[];
}

export function judgePublishedPorts({ ports, unheld, others, unreached }: PublishedPortFacts): Check {
  const name = "published ports";
  const [other] = others;
  if (other !== undefined) {
    const { process, port, protocol } = other;
    const program = process ? `${process.command} (process ${process.pid})` : "another program";
    return {
      name,
      status: "warning",
      detail: `${program} listens on ${port}/${protocol}, which a container has: who connects gets the container`,
      remedy: "End that program, or publish another port.",
    };
  }
  if (unheld.length > 0) {
    const names = [...new Set(unheld.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`))];
    return {
      name,
      status: "warning",
      detail: `nobody holds ${names.join(", ")}: another program could take it`,
      remedy: "`tallyman reconcile` holds it again.",
    };
  }
  const [away] = unreached;
  if (away !== undefined) {
    const { hostAddress, hostPort, protocol } = away;
    return {
      name,
      status: "warning",
      detail: `${hostPort}/${protocol} is published on ${hostAddress}, which no link of this host that is up has now`,
      remedy: "Nobody reaches it before the host has that address; publish it on another one, or on all.",
    };
  }
  const count = new Set(ports.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`)).size;
  return {
    name,
    status: "ok",
    detail: count === 0 ? "none" : `${count === 1 ? "one, held" : `${count}, all held`} for containers`,
  };
}
