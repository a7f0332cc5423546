/**
 * All replicas of a service are replaced again and again under load, each time by an agent that is killed on its way:
 * three times; or five times as often as `TALLYMAN_TEST_UPDATES` says, which makes two hundred replacements of ten,
 * under as much load as there can be.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { otherHost } from "../runtime/network/trial.ts";
import { clientsOf, type Seen } from "../support/clients.ts";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { buildNginxImage } from "../support/nginx-image.ts";
import { patience } from "../support/patience.ts";
import type { Program } from "../support/program.ts";

const asked = process.env["TALLYMAN_TEST_UPDATES"];
const rounds = asked === undefined ? 3 : 5 * Number(asked);
const replicas = 4;
const clients = 16;

/** One after the other: what the agent has done of a round when it is killed. */
const moments = [
  "join +shop-web-2",
  "stop +shop-web-1",
  "create +shop-web-3",
  "leave +shop-web-4",
  "start +shop-web-2",
];

const stepMs = 120_000;

test(
  `${clients} clients that connect again and again, and as many that talk, notice neither ${replicas * rounds} replacements nor that each agent is killed`,
  { timeout: (60_000 + rounds * 2 * stepMs) * patience },
  async () => {
    await using instance = await anInstance();
    await using outside = await otherHost();
    const port = await freePort();
    const write = (round: number): Promise<string> =>
      instance.write("compose.yaml", stackFile({ port, round }));
    await buildNginxImage(join(instance.folder, "nginx"));
    await write(0);
    let agent = await watching(instance);
    await using load = await clientsOf(outside.netnsPath, {
      host: outside.hostAddress,
      port,
      count: clients,
      isHurried: asked !== undefined,
    });

    for (let round = 1; round <= rounds; round += 1) {
      const { mark } = agent;
      await write(round);
      await agent.prints(new RegExp(`✓ ${moments[round % moments.length] ?? ""}`), {
        mark,
        withinMs: stepMs,
      });
      agent.signal("SIGKILL");
      await agent.ended;
      agent = await watching(instance);
    }
    const seen = await load.end();
    expect(seen).toEqual({
      connected: atLeast(replicas * (rounds + 1)),
      conversations: atLeast(clients),
      failures: [],
      replicas: atLeast(replicas * (rounds + 1)),
      withdrawn: atLeast(2 * rounds),
    } satisfies Seen);
  },
);

/** An agent that has brought everything to where it is to be. */
async function watching(instance: TestInstance): Promise<Program> {
  const agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching", { withinMs: stepMs });
  return agent;
}

function stackFile({ port, round }: { readonly port: number; readonly round: number }): string {
  return `name: shop
services:
  web:
    image: ./nginx
    environment: { ROUND: "${round}" }
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    x-rollout: { drain_timeout: 5m }
    deploy:
      replicas: ${replicas}
      update_config: { parallelism: 2, monitor: 0s }
`;
}

function atLeast(count: number): number {
  return expect.toSatisfy((found: number) => found >= count, `at least ${count}`) as number;
}
