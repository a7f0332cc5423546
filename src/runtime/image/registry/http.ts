/** Requests to a registry over fetch: deadlines, redirects that carry no credentials away, bounded bodies. */
import { TallymanError, codeOf, messageOf } from "../../../model/error.ts";
import { isSafeHop } from "./url.ts";

export interface RequestOptions {
  readonly method?: "GET" | "HEAD";
  readonly accept?: string;
  /** The Authorization header; it stays with the origin that it is meant for. */
  readonly authorization?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long a body may stand still, or trickle. Default 60 s. */
  readonly patienceMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly url: URL;
  /** The body as it comes, ended by REGISTRY_UNREACHABLE where it stands still, trickles, or the connection breaks. */
  body(): AsyncGenerator<Uint8Array, void, undefined>;
}

const headersTimeoutMs = 30_000;
const patienceMs = 60_000;
/** In the time that we have patience for: less is a server that keeps us on a string. */
const minBytes = 16 * 1024;
const maxRedirects = 5;

/** Follows redirects. Throws REGISTRY_UNREACHABLE. A status of any kind is an answer. */
export async function request(start: URL, options: RequestOptions = {}): Promise<HttpResponse> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const abort = new AbortController();
    const response = await requestOnce(url, start, { ...options, abort });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    if (location === null) {
      return {
        status: response.status,
        headers: response.headers,
        url,
        body: () => readBody(response, { abort, url, patienceMs, ...options }),
      };
    }
    await response.body?.cancel();
    const next = URL.parse(location, url.href);
    if (!next || !isSafeHop(url, next)) {
      throw unreachable(url, `it redirects to ${location}, which is not safe`, undefined);
    }
    url = next;
  }
  throw unreachable(start, `it redirects more than ${maxRedirects} times`, undefined);
}

/** The whole body, of at most `maxBytes`. */
export async function readAll(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body()) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new TallymanError("DOCUMENT_TOO_LARGE", `${response.url.host} sent more than ${maxBytes} bytes`, {
        hint: "No sound image has a manifest or configuration of that size.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function requestOnce(
  url: URL,
  start: URL,
  options: RequestOptions & { readonly abort: AbortController },
): Promise<Response> {
  const { abort, authorization, signal } = options;
  const timer = setTimeout(() => abort.abort(timedOut(url, headersTimeoutMs)), headersTimeoutMs);
  try {
    return await fetch(url, {
      method: options.method ?? "GET",
      redirect: "manual",
      headers: {
        "accept-encoding": "identity",
        "user-agent": "tallyman",
        ...(options.accept !== undefined && { accept: options.accept }),
        ...(authorization !== undefined && url.origin === start.origin && { authorization }),
      },
      signal: AbortSignal.any([abort.signal, ...(signal ? [signal] : [])]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw asUnreachable(url, error);
  } finally {
    clearTimeout(timer);
  }
}

interface Reading {
  readonly abort: AbortController;
  readonly url: URL;
  readonly patienceMs: number;
}

/** Only the time counts in which we wait for the server, not that in which whoever reads is busy. */
async function* readBody(
  response: Response,
  { abort, url, patienceMs }: Reading,
): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  let waiting = true;
  const expire = (): void => {
    if (waiting) abort.abort(timedOut(url, patienceMs));
  };
  const timer = setTimeout(expire, patienceMs);
  let since = performance.now();
  let waitedMs = 0;
  let bytes = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      waiting = false;
      waitedMs += performance.now() - since;
      bytes += chunk.length;
      if (waitedMs > patienceMs && bytes < minBytes) {
        throw unreachable(url, `only ${bytes} bytes came in ${Math.round(waitedMs / 1000)} s`, undefined);
      }
      if (waitedMs > patienceMs) [waitedMs, bytes] = [0, 0];
      yield chunk;
      waiting = true;
      timer.refresh();
      since = performance.now();
    }
  } catch (error) {
    throw asUnreachable(url, error);
  } finally {
    clearTimeout(timer);
  }
}

function timedOut(url: URL, afterMs: number): TallymanError {
  return unreachable(url, `nothing came for ${afterMs / 1000} s`, undefined);
}

/** What fetch throws: the cause of its `fetch failed` says what happened. */
function asUnreachable(url: URL, error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const cause: unknown = error.cause ?? error;
  const why = reasons[codeOf(cause) ?? ""] ?? messageOf(cause);
  return unreachable(url, why, error);
}

const reasons: Readonly<Partial<Record<string, string>>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be looked up now",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
};

function unreachable(url: URL, why: string, cause: unknown): TallymanError {
  return new TallymanError("REGISTRY_UNREACHABLE", `registry ${url.host} cannot be reached: ${why}`, {
    hint: "Check the name in the image reference, the network, and that the registry is up; then try again.",
    cause,
  });
}
