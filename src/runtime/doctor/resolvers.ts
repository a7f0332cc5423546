/** Whether containers are answered when they ask for names: our resolvers, and who has their port. */
import { Resolver as DnsClient } from "node:dns/promises";
import { codeOf } from "../../model/error.ts";
import { portsInUse, type Listener } from "../network/listening-socket.ts";
import { Resolver } from "../names/resolver.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

export async function checkResolvers(paths: RuntimePaths): Promise<Check> {
  const records = Resolver.all({ paths, apart: [] }).flatMap(({ record }) => record ?? []);
  const ofHost = records.filter(({ inside }) => inside === undefined);
  const resolvers = await Promise.all(
    ofHost.map(async ({ address, networks }) => ({ address, networks, answers: await answers(address) })),
  );
  const udp = { hostAddress: "0.0.0.0", hostPort: 53, protocol: "udp" } as const;
  const listeners = await portsInUse([udp, { ...udp, protocol: "tcp" }]);
  return judgeResolvers({ resolvers, listeners });
}

export interface ResolverFacts {
  readonly resolvers: readonly {
    readonly address: string;
    readonly networks: readonly string[];
    readonly answers: boolean;
  }[];
  /** On port 53. */
  readonly listeners: readonly Listener[];
}

export function judgeResolvers({ resolvers, listeners }: ResolverFacts): Check {
  const name = "resolvers";
  const silent = resolvers.filter((each) => !each.answers);
  const holder = listeners.find(({ address }) => ["0.0.0.0", "::"].includes(address));
  if (holder !== undefined) {
    const { process } = holder;
    const program = process ? `${process.command} (process ${process.pid})` : "another program";
    return {
      name,
      status: "warning",
      detail: `${program} has port 53 of all addresses: resolvers of networks cannot start`,
      remedy:
        "Have it listen on addresses of its own (dnsmasq: bind-interfaces; BIND: listen-on; Unbound: interface).",
    };
  }
  if (silent.length > 0) {
    const who = silent.map(({ address, networks }) => `${address} (${networks.join(", ")})`);
    return {
      name,
      status: "warning",
      detail: `${who.join(" and ")} does not answer: containers there find nobody by name`,
      remedy: "`tallyman reconcile` starts it again.",
    };
  }
  const detail =
    resolvers.length === 0
      ? "none yet; they come with the first container on a network of a stack"
      : `${resolvers.length === 1 ? "one answers" : `all ${resolvers.length} answer`} (dnsmasq)`;
  return { name, status: "ok", detail };
}

/** A name without a dot is not asked for elsewhere. That nobody has it is an answer, too. */
async function answers(address: string): Promise<boolean> {
  const client = new DnsClient({ timeout: 1_000, tries: 2 });
  client.setServers([address]);
  try {
    await client.resolve4("doctor");
    return true;
  } catch (error) {
    return codeOf(error) === "ENOTFOUND" || codeOf(error) === "ENODATA";
  }
}
