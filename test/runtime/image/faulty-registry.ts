/** A registry of the tests' own that serves one image out of a layout, and goes wrong where it is told to. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";

export interface FaultyRegistry extends AsyncDisposable {
  readonly host: string;
  readonly requests: readonly IncomingMessage[];
}

/** Answers a request and returns true, or leaves it to the registry, which would serve `content`, from a range's start. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Buffer) => boolean;

export async function startFaultyRegistry(layout: string, fault: Fault): Promise<FaultyRegistry> {
  const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
    manifests: [{ digest: string; mediaType: string }];
  };
  const [manifest] = manifests;
  const requests: IncomingMessage[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request);
    const name = request.url?.split("?")[0]?.split("/").at(-1) ?? "";
    const isManifest = request.url?.includes("/manifests/") ?? false;
    const digest = isManifest && !name.startsWith("sha256:") ? manifest.digest : name;
    const path = join(layout, "blobs/sha256", digest.slice("sha256:".length));
    const content = await readFile(path).catch(() => undefined);
    if (fault(request, response, content ?? Buffer.alloc(0))) return;
    if (request.url === "/v2/") return void response.end("{}");
    if (!content) return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= content.length) return void response.writeHead(416).end();
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": content.length - start,
      ...(start > 0 && { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` }),
      ...(isManifest && { "content-type": manifest.mediaType, "docker-content-digest": digest }),
    });
    response.end(request.method === "HEAD" ? undefined : content.subarray(start));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
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
