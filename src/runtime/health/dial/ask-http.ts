/** A GET request, as the kubelet makes it, but for redirects: they are not followed, their code is what counts. */
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ProbeAction } from "../../../model/probe.ts";
import type { Answer } from "./answer.ts";

type HttpAction = Extract<ProbeAction, { kind: "http" }>;

/** Of a body. */
const keptBytes = 512;
const longestPhrase = 80;

/** Rejects where there is no answer. */
export async function askHttp(action: HttpAction, socket: Socket): Promise<Answer> {
  const sent = send(action, socket);
  const answered = once(sent, "response");
  sent.on("error", () => undefined); // also after the answer, when nobody is interested
  const [response] = (await answered) as [IncomingMessage];
  const { statusCode = 0, statusMessage = "" } = response;
  const head = `HTTP ${statusCode} ${statusMessage.slice(0, longestPhrase)}`.trimEnd();
  const body = await beginningOf(response);
  return {
    isGood: action.statuses.some(({ first, last }) => first <= statusCode && statusCode <= last),
    output: body === "" ? head : `${head}\n${body}`,
  };
}

function send({ scheme, port, path, headers }: HttpAction, socket: Socket): ClientRequest {
  const named = Object.entries(headers).find(([name]) => name.toLowerCase() === "host")?.[1];
  const [servername] = named?.split(":") ?? [];
  const sent = request({
    host: socket.remoteAddress ?? "localhost",
    port,
    path,
    headers: { "User-Agent": "tallyman-probe", Accept: "*/*", ...headers },
    createConnection: () =>
      scheme === "http"
        ? socket
        : connectTls({ socket, rejectUnauthorized: false, ...(servername !== undefined && { servername }) }),
  });
  sent.end();
  return sent;
}

/** Nobody waits for the end of what is longer. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= keptBytes) break;
  }
  // A character that the cut goes through is left out.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, keptBytes), {
    stream: size > keptBytes,
  });
}
