/** The probes are made from this process, to servers in it: any network namespace will do. */
import { once } from "node:events";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dial, type DialAction } from "../../../../src/runtime/health/dial/dial.ts";
import type { ProbeResult } from "../../../../src/runtime/health/health.ts";
import { identify } from "../../../../src/sys/process.ts";
import { makeAuthority } from "../../../support/certificates.ts";

type Behaviour = (socket: Socket) => void;

const behaviours: Readonly<Record<string, Behaviour>> = {
  "closes at once": (socket) => socket.end(),
  "resets at once": (socket) => socket.resetAndDestroy(),
  "talks rubbish": (socket) => socket.write("220 mail.example.com ESMTP\r\n".repeat(100)),
  "resets in the middle of a body": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin", () => socket.resetAndDestroy());
  },
  "says nothing": () => undefined,
};

const actions: Readonly<Record<string, (port: number) => DialAction>> = {
  http: (port) => httpAction(port, "http"),
  https: (port) => httpAction(port, "https"),
  grpc: (port) => ({ kind: "grpc", port, service: "" }),
};

describe.each(Object.keys(actions))("%s: a server that", (kind) => {
  test.each(Object.keys(behaviours))("%s has failed, and that is all", async (name) => {
    await using server = await listening(createServer(behaviours[name]));
    const action = actions[kind]?.(server.port);
    const isSilent = name === "says nothing";
    const result = action && (await probe(action, { timeoutMs: isSilent ? 200 : 60_000 }));
    expect(result?.outcome).toBe(isSilent ? "timed-out" : "failed");
    expect(result?.output).not.toBe("");
  });
});

test("of a body without an end, the beginning is enough", async () => {
  const talk = (socket: Socket): void => {
    const on = (): void => {
      if (socket.writable) socket.write("more and more ".repeat(1_000), on);
    };
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 503 Busy\r\n\r\n", on);
  };
  await using server = await listening(createServer(talk));
  const result = await probe(httpAction(server.port, "http"), { timeoutMs: 60_000 });
  expect(result).toMatchObject({ outcome: "failed" });
  expect(result?.output).toHaveLength("HTTP 503 Busy\n".length + 512);
});

test("https asks whoever is there, with the name in its header", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "tls-"));
  const files = await (await makeAuthority(folder.path)).issue("api.example.com");
  const [key, cert] = await Promise.all([readFile(files.key), readFile(files.certificate)]);
  const asked: unknown[] = [];
  const https = createHttps({ key, cert }, (request, response) => {
    asked.push([request.headers.host, request.url, Reflect.get(request.socket, "servername")]);
    response.end("secure");
  });
  await using server = await listening(https);
  const action = httpAction(server.port, "https", { Host: "api.example.com" });
  expect(await probe(action)).toMatchObject({ outcome: "passed", output: "HTTP 200 OK\nsecure" });
  expect(asked).toEqual([["api.example.com", "/", "api.example.com"]]);
});

test("nothing is learned of what does not run any more, nor where nobody wants to know", async () => {
  const action: DialAction = { kind: "tcp", port: 1 };
  const run = { process: { bootId: "another", pid: process.pid, startTime: 1 } };
  const signal = new AbortController().signal;
  const common = { action, timeoutMs: 60_000 };
  expect(await dial({ ...common, record: { run }, addresses: [], signal })).toBeUndefined();
  expect(await probe(action, { signal: AbortSignal.abort() })).toBeUndefined();
});

function httpAction(
  port: number,
  scheme: "http" | "https",
  headers: Readonly<Record<string, string>> = {},
): DialAction {
  return { kind: "http", scheme, port, path: "/", headers, statuses: [{ first: 200, last: 399 }] };
}

async function probe(
  action: DialAction,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<ProbeResult | undefined> {
  const own = identify(process.pid);
  const record = own === undefined ? {} : { run: { process: own } };
  return dial({
    record,
    addresses: [],
    action,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...options,
  });
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
