/** A server of the gRPC health checking protocol, on loopback. */
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/** @param statuses By name of the service, as numbers of HealthCheckResponse.ServingStatus; of others it knows nothing. */
export async function healthServer(statuses: Readonly<Record<string, number>>): Promise<HealthServer> {
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, { ":path": path }) => {
    if (path === "/grpc.health.v1.Health/Check") void answer(stream, statuses);
    else stream.respond({ ":status": 404 }, { endStream: true });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(stream: ServerHttp2Stream, statuses: Readonly<Record<string, number>>): Promise<void> {
  const chunks = await Array.fromAsync(stream as AsyncIterable<Buffer>);
  const message = Buffer.concat(chunks).subarray(5); // behind its flag and length
  const status = statuses[message.subarray(2).toString()]; // behind the tag and length of field 1
  const common = { "content-type": "application/grpc" };
  if (status === undefined) {
    stream.respond({ ...common, "grpc-status": "5", "grpc-message": "unknown service" }, { endStream: true });
    return;
  }
  stream.respond(common, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, status]));
}
