/** A network of its own for one test, and other hosts beside it: namespaces that only this test reaches. */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { containerId, type ContainerId } from "../../../src/model/ids.ts";
import type { Route } from "../../../src/model/route.ts";
import { instanceOf, type Instance } from "../../../src/runtime/instance.ts";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import type { Network } from "../../../src/runtime/network/types.ts";
import type { RuntimePaths } from "../../../src/runtime/types.ts";
import { run } from "../../../src/sys/run.ts";
import { unmount } from "../../../src/sys/unmount.ts";

export interface Trial extends AsyncDisposable {
  readonly paths: RuntimePaths;
  readonly instance: Instance;
  readonly network: Network;
  /** Hands a thing over, to be disposed of before the network is. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing;
}

/** An instance with its own directories. Everything it made is gone after disposal. */
export async function trialNetwork(): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), "tallyman-network-"));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const instance = instanceOf(paths);
  const network = openNetwork(paths, instance);
  const owned = new AsyncDisposableStack();
  owned.defer(async () => {
    await network.sweep(new Set());
    await rm(folder, { recursive: true });
  });
  return {
    paths,
    instance,
    network,
    use: (thing) => owned.use(thing),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function idOf(name: string): ContainerId {
  return containerId(createHash("sha256").update(name).digest("hex"));
}

/** The nth port of the host for this file's tests: files whose tests run at the same time have others. */
export const hostPort = (nth = 0): number => 18_000 + 100 * Number(process.env["VITEST_POOL_ID"]) + nth;

/** From a port of the host to port 8080 of these containers. */
export function routeTo(hostPort: number, backends: readonly ContainerId[], hostAddress = "0.0.0.0"): Route {
  const to = backends.map((containerId) => ({ containerId, port: 8080 }));
  return { hostAddress, hostPort, protocol: "tcp", backends: to };
}

export interface OtherHost extends AsyncDisposable {
  readonly netnsPath: string;
  /** Its address, and that of our host on the wire between them. */
  readonly address: string;
  readonly hostAddress: string;
  /** Ours, on that wire. */
  readonly hostLink: string;
}

/** A machine beside ours, by a wire of its own, in addresses that are reserved for trials (RFC 2544). */
export async function otherHost(): Promise<OtherHost> {
  const folder = await mkdtemp(join(tmpdir(), "tallyman-host-"));
  const netnsPath = join(folder, "netns");
  const [a = 0, b = 0] = randomBytes(2);
  const [hostAddress, address] = [`198.18.${a}.${(b & 252) + 1}`, `198.18.${a}.${(b & 252) + 2}`];
  const link = `tm-w${randomBytes(4).toString("hex")}`;
  await writeFile(netnsPath, "");
  await run("unshare", [`--net=${netnsPath}`, "ip", "link", "set", "lo", "up"]);
  const inside = (...args: string[]) => run("nsenter", [`--net=${netnsPath}`, "ip", ...args]);
  await run("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", netnsPath]);
  await run("ip", ["address", "add", `${hostAddress}/30`, "dev", link]);
  await run("ip", ["link", "set", link, "up"]);
  await inside("address", "add", `${address}/30`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  await inside("route", "add", "default", "via", hostAddress);
  return {
    netnsPath,
    address,
    hostAddress,
    hostLink: link,
    [Symbol.asyncDispose]: async () => {
      if (existsSync(`/sys/class/net/${link}`)) await run("ip", ["link", "delete", link]);
      unmount(netnsPath);
      await rm(folder, { recursive: true });
    },
  };
}

export interface OtherHost6 {
  readonly address: string;
  readonly hostAddress: string;
}

/** Also by IPv6, in addresses that are reserved for trials (RFC 5180). */
export async function withIPv6({ netnsPath, hostLink }: OtherHost): Promise<OtherHost6> {
  const subnet = `2001:2:0:${randomBytes(2).toString("hex")}`;
  const [hostAddress, address] = [`${subnet}::1`, `${subnet}::2`].map((each) =>
    new URL(`http://[${each}]`).hostname.slice(1, -1),
  );
  const inside = (...args: string[]) => run("nsenter", [`--net=${netnsPath}`, "ip", ...args]);
  await run("ip", ["address", "add", `${hostAddress}/64`, "dev", hostLink, "nodad"]);
  await inside("address", "add", `${address}/64`, "dev", "eth0", "nodad");
  await inside("route", "add", "default", "via", hostAddress ?? "");
  return { address: address ?? "", hostAddress: hostAddress ?? "" };
}

/** Runs a script of Node in a network namespace until disposal. Resolves when it has printed its first line. */
export async function inNamespace(netnsPath: string, script: string): Promise<RunningScript> {
  const child = spawn("nsenter", [`--net=${netnsPath}`, process.execPath, "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await Promise.race([
    once(child.stdout, "data"),
    exited.then(() => Promise.reject(new Error("it ended early"))),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<string> => {
    child.kill(signal);
    await exited;
    return output;
  };
  return {
    output: () => output,
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
    },
  };
}

export interface RunningScript extends AsyncDisposable {
  /** What it has printed so far. */
  output(): string;
  /** Asks it to end; what it printed. */
  stop(): Promise<string>;
}

/** Answers every connection on `port` with `name` and the address it sees the client at. On IPv4 if nothing is said. */
export function serve(
  netnsPath: string,
  options: { port: number; name: string; on?: "0.0.0.0" | "::" },
): Promise<RunningScript> {
  return inNamespace(
    netnsPath,
    `require("node:net").createServer((socket) => {
      socket.on("error", () => {});
      socket.end(${JSON.stringify(options.name)} + " " + socket.remoteAddress);
    }).listen(${options.port}, "${options.on ?? "0.0.0.0"}", () => console.log("listening"))`,
  );
}

const askScript = `
  const socket = require("node:net").connect({ host: process.argv[1], port: Number(process.argv[2]) });
  const fail = (why) => { console.log(why); process.exit(); };
  socket.setTimeout(3000, () => fail("timeout"));
  socket.on("error", (error) => fail(error.code));
  socket.on("data", (data) => fail(data.toString()));`;

/** What a server answers to a client in that namespace (undefined: on our host), or why it does not. */
export async function ask(netnsPath: string | undefined, address: string, port: number): Promise<string> {
  const node = [process.execPath, "-e", askScript, address, String(port)];
  const command = netnsPath === undefined ? node : ["nsenter", `--net=${netnsPath}`, ...node];
  const { stdout } = await run(command[0] ?? "", command.slice(1));
  return stdout.trim();
}
