import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { readAll, request } from "../../../../src/runtime/image/registry/http.ts";

const patienceMs = 300;

test.each<readonly [string, (response: ServerResponse) => void]>([
  ["stands still", (response) => void response.write("x")],
  [
    "trickles",
    (response) => {
      const timer = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(timer));
    },
  ],
])("a body that %s is given up", async (_what, send) => {
  await using server = await serve(send);
  const response = await request(server.url, { patienceMs });
  await expect(readAll(response, 1_000_000)).rejects.toMatchObject({ code: "REGISTRY_UNREACHABLE" });
});

test("a body whose reader takes its time is read to its end", async () => {
  await using server = await serve((response) => response.end(Buffer.alloc(5_000_000)));
  const response = await request(server.url, { patienceMs });
  let bytes = 0;
  const begun = performance.now();
  for await (const chunk of response.body()) {
    bytes += chunk.length;
    while (bytes < 1_000_000 && performance.now() - begun < 2 * patienceMs) await Promise.resolve();
  }
  expect(bytes).toBe(5_000_000);
});

async function serve(
  send: (response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: URL }> {
  const server = createServer((_request, response) => send(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: new URL(`http://127.0.0.1:${address.port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
