/** Ports of UDP have no connections that could be waited for. */
import { describe, expect, test } from "vitest";
import type { PublishedPort, Stack } from "../../src/model/stack.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

type Protocol = PublishedPort["protocol"];

describe("a replica", () => {
  test.each<[string, readonly Protocol[], boolean]>([
    ["has its connections waited for", ["tcp"], true],
    ["has those of one of its ports waited for", ["udp", "tcp"], true],
    ["of UDP alone stops at once", ["udp"], false],
  ])("%s when it leaves", (_, protocols, drains) => {
    const leaving = new Standing(desire(of(protocols)), nothing).end().wish(desire());
    const stops = [...leaving.rounds(now)].flatMap((round) => step(round.input(now)).operations);
    expect(stops.filter(({ kind }) => kind === "stop").map((stop) => "drainMs" in stop)).toEqual([drains]);
  });
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function of(protocols: readonly Protocol[]): Stack {
  const stack = aStack("shop", { dns: { port: 53 } });
  const services = stack.services.map((service) => ({
    ...service,
    ports: service.ports.flatMap((port) =>
      protocols.map((protocol, index) => ({ ...port, protocol, hostPort: port.hostPort + index })),
    ),
  }));
  return { ...stack, services };
}
