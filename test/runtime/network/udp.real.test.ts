import { isIPv6 } from "node:net";
import { expect, test } from "vitest";
import { until } from "../../support/until.ts";
import {
  hostPort,
  idOf,
  inNamespace,
  otherHost,
  trialNetwork,
  withIPv6,
  type RunningScript,
} from "./trial.ts";

const web = idOf("web");
const api = idOf("api");
const port = { hostAddress: "0.0.0.0", hostPort: 18053, protocol: "udp" } as const;

test("a UDP port answers other hosts, and a flow whose backend is withdrawn goes on to the next one at once", async () => {
  await using trial = await trialNetwork();
  await using outside = await otherHost();
  const one = await trial.network.attach(web);
  const two = await trial.network.attach(api);
  trial.use(await serveUdp(one.netnsPath, { port: 5353, name: "one" }));
  trial.use(await serveUdp(two.netnsPath, { port: 5353, name: "two" }));
  const to = (containerId: typeof web) => ({ ...port, backends: [{ containerId, port: 5353 }] });
  await using client = await talkUdp(outside.netnsPath, outside.hostAddress, 18053);

  await trial.network.setRoutes([to(web)]); // the client has been asking for a while, in vain
  await until("one answers", () => client.lastAnswer() === "one");
  await trial.network.setRoutes([to(api)]);
  await until("two answers", () => client.lastAnswer() === "two");
  expect(await trial.network.routes()).toEqual([to(api)]);
});

test("by IPv6, a UDP port leads to containers that have it, and a flow goes on as by IPv4", async () => {
  await using trial = await trialNetwork();
  await using outside = await otherHost();
  const { hostAddress } = await withIPv6(outside);
  const spec = { driver: "bridge", options: {}, internal: false, ipv6: true, pools: [], labels: {} };
  await trial.network.createNetwork({ spec: { name: "front", ...spec }, labels: {} });
  const networks = [{ network: "front", aliases: [] }];
  const one = await trial.network.attach(web, { networks });
  const two = await trial.network.attach(api, { networks });
  trial.use(await serveUdp(one.netnsPath, { port: 5353, name: "one", family: 6 }));
  trial.use(await serveUdp(two.netnsPath, { port: 5353, name: "two", family: 6 }));
  const to = (containerId: typeof web) => ({
    ...port,
    hostAddress: "::",
    hostPort: hostPort(),
    backends: [{ containerId, port: 5353 }],
  });
  await using client = await talkUdp(outside.netnsPath, hostAddress, hostPort());

  await trial.network.setRoutes([to(web)]);
  await until("one answers", () => client.lastAnswer() === "one");
  await trial.network.setRoutes([to(api)]);
  await until("two answers", () => client.lastAnswer() === "two");
});

test("the same number is one port for TCP and another for UDP", async () => {
  await using trial = await trialNetwork();
  await trial.network.attach(web);
  const backends = [{ containerId: web, port: 53 }];
  await trial.network.setRoutes([
    { ...port, backends },
    { ...port, protocol: "tcp", backends },
  ]);
  await trial.network.setRoutes([{ ...port, backends: [] }]);
  expect(await trial.network.routes()).toEqual([{ ...port, protocol: "tcp", backends }]);
});

/** Answers every packet with its name. */
function serveUdp(
  netnsPath: string,
  options: { port: number; name: string; family?: 6 },
): Promise<RunningScript> {
  return inNamespace(
    netnsPath,
    `const socket = require("node:dgram").createSocket("udp${options.family ?? 4}");
    socket.on("message", (_, from) => socket.send(${JSON.stringify(options.name)}, from.port, from.address));
    socket.bind(${options.port}, "${options.family === 6 ? "::" : "0.0.0.0"}", () => console.log("listening"));`,
  );
}

/** Sends packets from one port, as one flow, again and again. */
async function talkUdp(
  netnsPath: string,
  host: string,
  hostPort: number,
): Promise<RunningScript & { lastAnswer: () => string | undefined }> {
  const client = await inNamespace(
    netnsPath,
    `const socket = require("node:dgram").createSocket("udp${isIPv6(host) ? 6 : 4}");
    socket.on("message", (answer) => console.log(String(answer)));
    socket.on("error", () => {});
    socket.bind(0, () => console.log("asking"));
    setInterval(() => socket.send("?", ${hostPort}, ${JSON.stringify(host)}), 20);`,
  );
  return { ...client, lastAnswer: () => client.output().trim().split("\n").at(-1) };
}
