/** A registry of the tests' own that serves one image out of a layout, and goes wrong where it is told to. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";

export interface FaultyRegistry extends AsyncDisposable {
  readonly host: string;
  readonly requests: readonly IncomingMessage[];
}

/** Answers a request and returns true, or leaves it to the registry. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function startFaultyRegistry(layout: string, fault: Fault): Promise<FaultyRegistry> {
  const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
    manifests: [{ digest: string; mediaType: string }];
  };
  const [manifest] = manifests;
  const requests: IncomingMessage[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request);
    if (fault(request, response)) return;
    const name = request.url?.split("/").at(-1) ?? "";
    const isManifest = request.url?.includes("/manifests/") ?? false;
    const digest = isManifest && !name.startsWith("sha256:") ? manifest.digest : name;
    const content = await readFile(join(layout, "blobs/sha256", digest.slice("sha256:".length)));
    response.writeHead(200, {
      "content-length": content.length,
      ...(isManifest && { "content-type": manifest.mediaType, "docker-content-digest": digest }),
    });
    response.end(request.method === "HEAD" ? undefined : content);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.writeHead(404).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: `127.0.0.1:${address.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
