/** A call of grpc.health.v1.Health/Check without TLS (gRPC over HTTP/2, and its health checking protocol). */
import { once } from "node:events";
import { connect, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { ProbeAction } from "../../../model/probe.ts";
import type { Answer } from "./answer.ts";

type GrpcAction = Extract<ProbeAction, { kind: "grpc" }>;

/** Rejects where there is no answer. */
export async function askGrpc({ port, service }: GrpcAction, socket: Socket): Promise<Answer> {
  const session = connect(`http://localhost:${port}`, { createConnection: () => socket });
  const failure: Promise<never> = once(session, "close").then(() => {
    throw new Error("the connection was closed before there was an answer");
  });
  session.on("error", () => undefined);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "tallyman-probe",
    });
    stream.on("error", () => undefined); // whoever reads it is told, too
    stream.end(frame(service));
    return await Promise.race([answerOn(stream), failure]);
  } finally {
    failure.catch(() => undefined);
    session.destroy();
  }
}

/** As the numbers of HealthCheckResponse.ServingStatus. */
const servingStatuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const headerBytes = 5;
const longestMessage = 512;
const longestReason = 200;

async function answerOn(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: IncomingHttpHeaders = {};
  const add = (headers: IncomingHttpHeaders): void => {
    trailers = { ...trailers, ...headers };
  };
  stream.on("response", add); // all there is where there is no message
  stream.on("trailers", add);
  const body = await messageOn(stream);
  const { "grpc-status": code, "grpc-message": reason = "" } = trailers;
  if (code === undefined) {
    return { isGood: false, output: `HTTP ${String(trailers[":status"])}, which is no answer of gRPC` };
  }
  if (code !== "0") {
    return { isGood: false, output: `gRPC status ${String(code)} ${String(reason)}`.slice(0, longestReason) };
  }
  const status = servingStatuses[statusIn(body)] ?? "UNKNOWN";
  return { isGood: status === "SERVING", output: status };
}

async function messageOn(stream: ClientHttp2Stream): Promise<Buffer> {
  let body = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    body = Buffer.concat([body, chunk]);
    if (body.length > longestMessage) throw new Error("the answer is longer than an answer can be");
  }
  return body;
}

/** HealthCheckRequest, whose field 1 is the name of the service; behind the flag and length of a message. */
function frame(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** Field 1 of HealthCheckResponse, whose numbers fit into a byte; 0 where it is not there. */
function statusIn(body: Buffer): number {
  return body[headerBytes] === 0x08 ? (body[headerBytes + 1] ?? 0) : 0;
}
