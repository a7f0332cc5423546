import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { HeldPort } from "../../../src/model/route.ts";
import { openReader } from "../../../src/runtime/open-reader.ts";
import { findHolders } from "../../../src/runtime/ports/find-holders.ts";
import { openPorts } from "../../../src/runtime/ports/ports.ts";
import type { Ports } from "../../../src/runtime/ports/types.ts";
import { isAlive } from "../../../src/sys/process.ts";
import { freePort } from "../../support/free-port.ts";
import { until } from "../../support/until.ts";
import { sigkill } from "../../support/sigkill.ts";
import { ask, idOf, inNamespace, routeTo, serve, trialNetwork, type Trial } from "../network/trial.ts";

/** Nothing that anybody runs, and no other test has it. */
const lowPort = 703;
const [first, second] = [idOf("first"), idOf("second")];
const everywhere = (hostPort: number): HeldPort => ({ hostAddress: "0.0.0.0", hostPort, protocol: "tcp" });

test("a held port is nobody else's by any address, and who connects while nobody is behind it is refused", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  await trial.ports.hold(first, [everywhere(port), { ...everywhere(port), protocol: "udp" }]);
  for (const address of ["0.0.0.0", "127.0.0.1", "::", "::1"]) {
    expect(await listening(port, address), address).toBe("EADDRINUSE");
  }
  expect(await receiving(port)).toBe("EADDRINUSE");
  expect(await receiving(port, "::1")).toBe("EADDRINUSE");
  expect(await ask(undefined, "127.0.0.1", port)).toBe("ECONNREFUSED");
});

test("a UDP port of IPv6 is held, too, and the same one of IPv4 stays free", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  await trial.ports.hold(first, [{ ...everywhere(port), hostAddress: "::", protocol: "udp" }]);
  expect(await receiving(port, "::")).toBe("EADDRINUSE");
  expect(await receiving(port)).toBe("receiving");
});

test("a port of the host's IPv6 leads to the containers behind it, as its IPv4 does", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  const { netnsPath } = await trial.network.attach(first);
  trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
  await trial.network.setRoutes([routeTo(port, [first])]);
  await trial.ports.hold(first, [everywhere(port)]);
  expect(await ask(undefined, "::1", port)).toMatch(/^web /);
});

test.each(["0.0.0.0", "::1"])(
  "a UDP port of %s answers at ::1 what is asked there once, by many at the same time, however large a packet is",
  async (hostAddress) => {
    await using trial = await trialPorts();
    const port = await freePort();
    const { netnsPath } = await trial.network.attach(first);
    trial.use(await inNamespace(netnsPath, echo));
    const route = { ...routeTo(port, [first], hostAddress), protocol: "udp" as const };
    await trial.network.setRoutes([route]);
    await trial.ports.hold(first, [{ ...everywhere(port), hostAddress, protocol: "udp" }]);
    const words = [...Array.from({ length: 19 }, (_, index) => `query ${index}`), "x".repeat(20_000)];
    const said = await Promise.all(words.map((word) => echoed(port, word)));
    expect(said).toEqual(words);
    await trial.ports.release(first);
    expect(findHolders(trial.paths)).toEqual([]);
  },
);

test("a port of IPv6 alone leads to its own containers, never to those of the same port of IPv4", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  for (const [id, name] of [
    [first, "six"],
    [second, "four"],
  ] as const) {
    const { netnsPath } = await trial.network.attach(id);
    trial.use(await serve(netnsPath, { port: 8080, name }));
  }
  await trial.network.setRoutes([routeTo(port, [first], "::1"), routeTo(port, [second])]);
  await trial.ports.hold(first, [{ ...everywhere(port), hostAddress: "::1" }]);
  await trial.ports.hold(second, [{ ...everywhere(port), ipv4Only: true }]);
  expect(await ask(undefined, "::1", port)).toMatch(/^six /);
  expect(await ask(undefined, "127.0.0.1", port)).toMatch(/^four /);
  const known = await trial.network.routes();
  expect(known).toEqual([routeTo(port, [second]), routeTo(port, [first], "::1")]);

  await trial.network.setRoutes([routeTo(port, [], "::1")]);
  expect(await ask(undefined, "::1", port)).toBe("");
});

describe("of a holder that was killed, connections are left:", () => {
  test("they keep nobody from starting it again", async () => {
    await using trial = await trialPorts();
    const port = await freePort();
    using client = await killedWhileConnected(trial, port);
    await trial.ports.mend();
    client.destroy();
    expect(await ask(undefined, "::1", port)).toMatch(/^web /);
  });

  test("they keep the port from nobody once it is free", async () => {
    await using trial = await trialPorts();
    const port = await freePort();
    using _client = await killedWhileConnected(trial, port);
    await trial.ports.release(first);
    expect(await listening(port, "127.0.0.1")).toBe("listening");
    expect(findHolders(trial.paths)).toEqual([]);
  });
});

test("it is held for as long as a container has it, whoever looks after it", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  await trial.ports.hold(first, [everywhere(port)]);
  const later = trial.reopened(new Map([[first, [everywhere(port)]]]));
  await later.hold(second, [everywhere(port)]);
  await later.release(first);
  expect(await listening(port, "127.0.0.1")).toBe("EADDRINUSE");
  expect(findHolders(trial.paths)).toHaveLength(1);
  expect(await openReader(trial.paths).listeners([everywhere(port)])).toEqual([]);
  await later.release(second);
  expect(await listening(port, "127.0.0.1")).toBe("listening");
  expect(findHolders(trial.paths)).toEqual([]);
});

test("a successor may have the port on fewer addresses, from when its predecessor has gone", async () => {
  await using trial = await trialPorts();
  const port = await freePort();
  await trial.ports.hold(first, [everywhere(port)]);
  await trial.ports.hold(second, [{ ...everywhere(port), hostAddress: "127.0.0.1" }]);
  await trial.ports.release(first);
  expect(await listening(port, "127.0.0.1")).toBe("EADDRINUSE");
  expect(await listening(port, "127.0.0.2")).toBe("listening");
});

test.each(["127.0.0.1", "::1"])(
  "one that another program has on %s is told with its holder",
  async (address) => {
    await using trial = await trialPorts();
    const port = await freePort();
    await using server = createServer().listen(port, address);
    await once(server, "listening");
    await expect(trial.ports.hold(first, [everywhere(port)])).rejects.toMatchObject({
      code: "PORT_TAKEN",
      message: `port ${port} of 0.0.0.0 is held by node (process ${process.pid})`,
    });
  },
);

test("a holder can do nothing else, but below port 1024 have one", async () => {
  await using trial = await trialPorts();
  const usual = await freePort();
  await trial.ports.hold(first, [everywhere(usual), everywhere(lowPort)]);
  const statuses = findHolders(trial.paths).map(({ name, process: { pid } }) => {
    const status = execFileSync("grep", ["-E", "^(Uid|CapEff|NoNewPrivs)", `/proc/${pid}/status`], {
      encoding: "utf8",
    });
    return [name, status.replaceAll(/\s+/g, " ")];
  });
  expect(Object.fromEntries(statuses)).toEqual({
    [`tcp-${usual}-all`]: "Uid: 65534 65534 65534 65534 CapEff: 0000000000000000 NoNewPrivs: 1 ",
    [`tcp-${lowPort}-all`]: "Uid: 65534 65534 65534 65534 CapEff: 0000000000000400 NoNewPrivs: 1 ",
  });
});

/** A connection by IPv6 that is still open. */
async function killedWhileConnected(trial: TrialPorts, port: number): Promise<Socket & Disposable> {
  const { netnsPath } = await trial.network.attach(first);
  trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
  await trial.network.setRoutes([routeTo(port, [first])]);
  await trial.ports.hold(first, [everywhere(port)]);
  const client = connect({ host: "::1", port, allowHalfOpen: true });
  await once(client, "data");
  const leader = findHolders(trial.paths).find(({ leads }) => leads);
  sigkill(leader?.process.pid);
  await until("it is dead", () => leader === undefined || !isAlive(leader.process));
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

interface TrialPorts extends Trial {
  readonly ports: Ports;
  /** As whoever comes after us opens it. */
  reopened(recorded: ReadonlyMap<typeof first, readonly HeldPort[]>): Ports;
}

async function trialPorts(): Promise<TrialPorts> {
  const trial = await trialNetwork();
  const open = (recorded: ReadonlyMap<typeof first, readonly HeldPort[]>): Ports =>
    openPorts({ paths: trial.paths, apart: [], recorded: () => recorded });
  const ports = open(new Map());
  const owned = new AsyncDisposableStack();
  owned.use(trial);
  owned.defer(() => open(new Map()).sweep(new Set()));
  return { ...trial, ports, reopened: open, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** `listening`, or the code of the failure. */
async function listening(port: number, address: string): Promise<string> {
  const server = createServer().listen(port, address);
  const ended = await Promise.race([
    once(server, "listening").then(() => "listening"),
    once(server, "error").then(([error]: NodeJS.ErrnoException[]) => error?.code ?? ""),
  ]).catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? "");
  server.close();
  return ended;
}

/** Sends back what it is sent. */
const echo = `const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (word, { port, address }) => socket.send(word, port, address));
  socket.bind(8080, () => console.log("listening"));`;

/** What comes back from that port of ::1 by who asks once. */
async function echoed(port: number, word: string): Promise<string> {
  const socket = createSocket("udp6");
  try {
    socket.send(word, port, "::1");
    const [answer] = (await once(socket, "message", { signal: AbortSignal.timeout(20_000) })) as [Buffer];
    return answer.toString();
  } finally {
    socket.close();
  }
}

async function receiving(port: number, address: "0.0.0.0" | "::" | "::1" = "0.0.0.0"): Promise<string> {
  const six = { type: "udp6", ipv6Only: true, reuseAddr: address === "::1" } as const;
  const socket = createSocket(address === "0.0.0.0" ? { type: "udp4" } : six).bind(port, address);
  const ended = await once(socket, "listening").then(
    () => "receiving",
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? "",
  );
  socket.close();
  return ended;
}
