import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ReplaceOrder } from "./replace.ts";
import {
  hostPort,
  idOf,
  inNamespace,
  otherHost,
  routeTo,
  trialNetwork,
  type RunningScript,
} from "./trial.ts";

const replace = fileURLToPath(new URL("replace.ts", import.meta.url));
const clients = 16;

test(`${clients} clients that connect as fast as they can notice neither that a port is led elsewhere 200 times nor that who does so is killed`, async () => {
  await using trial = await trialNetwork();
  await using outside = await otherHost();
  const replicas = ["one", "two", "three"].map(idOf);
  for (const replica of replicas) {
    const { netnsPath } = await trial.network.attach(replica);
    trial.use(await echo(netnsPath));
  }
  await trial.network.setRoutes([routeTo(hostPort(), replicas.slice(0, 1))]);
  await using load = await inNamespace(outside.netnsPath, connectAndTalk(outside.hostAddress, hostPort()));

  const order = { paths: trial.paths, port: hostPort(), replicas };
  for (const replacements of [70, 70, 60]) await killedAfter(replacements, order);

  const { answered, failed, talking } = JSON.parse((await load.stop()).split("\n")[1] ?? "") as Load;
  expect(failed).toEqual([]);
  expect(talking).toBe(clients);
  expect(answered).toBeGreaterThan(200);
});

/** What the clients have seen. */
interface Load {
  readonly answered: number;
  /** Why connections failed. */
  readonly failed: readonly string[];
  /** How many of the connections that were open from the beginning are still answered. */
  readonly talking: number;
}

/** Greets who connects, and says what it is told. */
function echo(netnsPath: string): Promise<RunningScript> {
  return inNamespace(
    netnsPath,
    `require("node:net").createServer((socket) => {
      socket.on("error", () => {});
      socket.write("hello");
      socket.on("data", (data) => socket.write(data));
    }).listen(8080, "0.0.0.0", () => console.log("listening"))`,
  );
}

/** Each client has one connection that stays and talks, and others one after the other, which it gives up when greeted. */
function connectAndTalk(host: string, port: number): string {
  return `
    const net = require("node:net");
    let answered = 0, isOver = false;
    const failed = [], talking = new Set();
    const connect = () => {
      const socket = net.connect(${port}, ${JSON.stringify(host)});
      let isGreeted = false;
      socket.once("data", () => { answered++; isGreeted = true; socket.resetAndDestroy(); });
      socket.on("error", (error) => { if (!isGreeted) failed.push(error.code); });
      socket.on("close", () => { if (!isOver) setImmediate(connect); });
    };
    const talk = () => {
      const socket = net.connect(${port}, ${JSON.stringify(host)});
      socket.on("error", () => {});
      socket.on("close", () => failed.push("cut"));
      socket.on("data", () => isOver ? talking.add(socket) : setTimeout(() => socket.write("?"), 5));
      return socket;
    };
    const talkers = Array.from({ length: ${clients} }, talk);
    for (let client = 0; client < ${clients}; client++) connect();
    console.log("connecting");
    process.on("SIGTERM", () => {
      isOver = true;
      for (const socket of talkers) socket.write("?");
      const report = () => {
        if (talking.size < ${clients} && failed.length === 0) return;
        console.log(JSON.stringify({ answered, failed, talking: talking.size }));
        process.exit();
      };
      setInterval(report, 20);
    });`;
}

/** By SIGKILL, in the midst of the next one. */
async function killedAfter(replacements: number, order: ReplaceOrder): Promise<void> {
  const child = spawn(process.execPath, [replace, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  let done = 0;
  createInterface({ input: child.stdout }).on("line", () => {
    done += 1;
    if (done === replacements) child.kill("SIGKILL");
  });
  await ended;
  expect(done).toBeGreaterThanOrEqual(replacements);
}
