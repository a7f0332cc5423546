/** One request and its answer, with deadlines: an answer's head must come in time, and its body must keep coming. */
import { request as requestHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import type { Patience } from "../../settings.ts";
import type { RegistryError } from "./failure.ts";
import { agentFor, type TlsSettings } from "./transport.ts";
import { unreachable, unreachableBecause } from "./unreachable.ts";

export interface Exchange {
  readonly method: "GET" | "HEAD" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  /** A form of POST. */
  readonly form?: string | undefined;
  readonly tls: TlsSettings;
  readonly patience: Pick<Patience, "answerMs" | "bodyMs">;
  /** For the connection; undefined: as long as for an answer. */
  readonly connectMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly url: URL;
  /** Undefined where the header is not there. */
  header(name: string): string | undefined;
  /** The body as it comes, ended by REGISTRY_UNREACHABLE where it stands still, trickles, or the connection breaks. */
  body(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Nobody wants the body. The connection is closed, or kept where that is cheap. */
  discard(): void;
}

/** In the time that we have patience for: less is a server that keeps us on a string. */
const minBytes = 256 * 1024;

/** A status of any kind is an answer. Throws REGISTRY_UNREACHABLE, or the signal's reason. */
export async function exchange(url: URL, what: Exchange): Promise<HttpResponse> {
  what.signal?.throwIfAborted();
  const message = await send(url, what).catch((error: unknown) => {
    // A connection that was kept open may have been closed at the moment when we used it: that says nothing.
    if (error instanceof StaleConnection) return send(url, what);
    throw error;
  });
  return {
    status: message.statusCode ?? 0,
    url,
    header: (name) => message.headersDistinct[name]?.join(", "),
    body: () => readBody(message, url, what),
    discard: () => discard(message, what.method),
  };
}

const cheapBytes = 16 * 1024;
const cheapMs = 2_000;

function discard(message: IncomingMessage, method: Exchange["method"]): void {
  const length = Number(message.headers["content-length"] ?? Number.NaN);
  if (method !== "HEAD" && !(length <= cheapBytes)) return void message.destroy();
  message.resume();
  const timer = setTimeout(() => message.destroy(), cheapMs).unref();
  message.once("close", () => clearTimeout(timer));
}

class StaleConnection extends Error {}

function send(
  url: URL,
  { method, headers, form, tls, patience, connectMs, signal }: Exchange,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  let sent: ClientRequest;
  try {
    sent = start(url, { method, headers, agent: agentFor(url, tls), ...(signal && { signal }) });
  } catch (error) {
    throw unreachable(url, error);
  }
  const timer = setTimeout(() => sent.destroy(stoodStill(url, patience.answerMs)), patience.answerMs);
  sent.on("error", (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    if (signal?.aborted === true) reject(signal.reason as Error);
    else if (sent.reusedSocket && error.code === "ECONNRESET") reject(new StaleConnection());
    else reject(unreachable(url, error));
  });
  if (connectMs !== undefined) sent.once("socket", (socket) => giveUpConnecting(socket, url, connectMs));
  sent.on("response", (message) => {
    clearTimeout(timer);
    message.on("error", () => undefined); // whoever reads the body is told
    resolve(message);
  });
  sent.end(form);
  return promise;
}

function giveUpConnecting(socket: Socket, url: URL, afterMs: number): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => socket.destroy(stoodStill(url, afterMs)), afterMs);
  for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
}

/** Only the time counts in which we wait for the server, not that in which whoever reads is busy. */
async function* readBody(
  message: IncomingMessage,
  url: URL,
  { patience: { bodyMs }, signal }: Exchange,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting = true;
  const expire = (): void => {
    if (waiting) message.destroy(stoodStill(url, bodyMs));
  };
  const timer = setTimeout(expire, bodyMs);
  let since = performance.now();
  let waitedMs = 0;
  let bytes = 0;
  try {
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      waiting = false;
      waitedMs += performance.now() - since;
      bytes += chunk.length;
      if (waitedMs > bodyMs && bytes < minBytes) {
        const why = `only ${bytes} bytes came in ${Math.round(waitedMs / 1000)} s`;
        throw unreachableBecause(url, why, { retry: "later" });
      }
      if (waitedMs > bodyMs) [waitedMs, bytes] = [0, 0];
      yield chunk;
      waiting = true;
      timer.refresh();
      since = performance.now();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(url, error);
  } finally {
    clearTimeout(timer);
  }
}

function stoodStill(url: URL, afterMs: number): RegistryError {
  return unreachableBecause(url, `nothing came for ${afterMs / 1000} s`, { retry: "later" });
}
