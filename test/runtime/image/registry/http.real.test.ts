import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { plainEndpoint } from "./plain-endpoint.ts";
import type { HttpResponse } from "../../../../src/runtime/image/registry/exchange.ts";
import { readAll, request } from "../../../../src/runtime/image/registry/http.ts";

const patienceMs = 300;
const patience = { answerMs: patienceMs, bodyMs: patienceMs, backoffMs: 1, waitMs: 1 };

function get(url: URL): Promise<HttpResponse> {
  return request(plainEndpoint(url.host), url, { patience });
}

test.each<readonly [string, (response: ServerResponse) => void]>([
  ["stands still", (response) => void response.write("x")],
  ["trickles", every(50, "x")],
  ["brings more than nothing, and would take days", every(50, Buffer.alloc(16 * 1024))],
])("a body that %s is given up", async (_what, send) => {
  await using server = await serve(send);
  const response = await get(server.url);
  await expect(readAll(response, 100_000_000)).rejects.toMatchObject({ code: "REGISTRY_UNREACHABLE" });
});

test("a server that takes the request and does not answer is given up", async () => {
  await using server = await serve(() => undefined);
  await expect(get(server.url)).rejects.toMatchObject({ code: "REGISTRY_UNREACHABLE" });
});

test("a connection that the server closed while nobody used it is no failure", async () => {
  await using server = await serve((response) => response.end("x"));
  await readAll(await get(server.url), 10);
  server.closeIdle();
  expect((await readAll(await get(server.url), 10)).toString()).toBe("x");
});

test("a body whose reader takes its time is read to its end", async () => {
  await using server = await serve((response) => response.end(Buffer.alloc(5_000_000)));
  const response = await get(server.url);
  let bytes = 0;
  const begun = performance.now();
  for await (const chunk of response.body()) {
    bytes += chunk.length;
    while (bytes < 1_000_000 && performance.now() - begun < 2 * patienceMs) await Promise.resolve();
  }
  expect(bytes).toBe(5_000_000);
});

test("a body that comes slowly, and comes, is read to its end", async () => {
  const chunks = Array.from({ length: 20 }, () => Buffer.alloc(1024 ** 2));
  await using server = await serve((response) => {
    const timer = setInterval(() => {
      const chunk = chunks.pop();
      if (chunk === undefined) response.end();
      else response.write(chunk);
    }, 50);
    response.on("close", () => clearInterval(timer));
  });
  expect(await readAll(await get(server.url), 100_000_000)).toHaveLength(20 * 1024 ** 2);
});

function every(ms: number, chunk: string | Buffer): (response: ServerResponse) => void {
  return (response) => {
    const timer = setInterval(() => response.write(chunk), ms);
    response.on("close", () => clearInterval(timer));
  };
}

async function serve(
  send: (response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: URL; readonly closeIdle: () => void }> {
  const server = createServer((_request, response) => send(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    closeIdle: () => server.closeIdleConnections(),
    url: new URL(`http://127.0.0.1:${address.port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
