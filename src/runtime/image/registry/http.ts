/** Requests to an endpoint: redirects that carry nothing secret away, and bodies of bounded size. */
import { TallymanError } from "../../../model/error.ts";
import type { Patience } from "../../settings.ts";
import { userOf, type Credential } from "./credential.ts";
import { tlsTowards, type Endpoint } from "./endpoint.ts";
import { exchange, type HttpResponse } from "./exchange.ts";
import type { RegistryError } from "./failure.ts";
import { failedAnswer } from "./status.ts";
import { unreachableBecause } from "./unreachable.ts";
import { isSafeHop } from "./url.ts";

export interface RequestOptions {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** The Authorization header; it stays with the origin that it is meant for. */
  readonly authorization?: string | undefined;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

const maxRedirects = 5;
const redirects: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Follows redirects. To another origin go neither credentials nor the endpoint's own headers and client certificate;
 * the certificates that it trusts do, as a registry's storage is often of the same house. Throws REGISTRY_UNREACHABLE.
 * A status of any kind is an answer.
 */
export async function request(
  endpoint: Endpoint,
  start: URL,
  { method = "GET", headers = {}, authorization, patience, signal }: RequestOptions,
): Promise<HttpResponse> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const isOwn = url.origin === endpoint.root.origin;
    const response = await exchange(url, {
      method,
      headers: {
        ...commonHeaders,
        ...(isOwn && endpoint.headers),
        ...headers,
        ...(isOwn && authorization !== undefined && { authorization }),
      },
      tls: tlsTowards(endpoint, url),
      patience,
      connectMs: endpoint.connectMs,
      signal,
    });
    const location = redirects.includes(response.status) ? response.header("location") : undefined;
    if (location === undefined) return response;
    response.discard();
    const next = URL.parse(location, url.href);
    if (!next || !isSafeHop(url, next)) {
      const where = next ? next.origin : "nowhere"; // the rest of it may be a secret
      throw unreachableBecause(url, `it redirects to ${where}, which is not safe`, { retry: "never" });
    }
    url = next;
  }
  throw unreachableBecause(start, `it redirects more than ${maxRedirects} times`, { retry: "never" });
}

export const commonHeaders: Readonly<Record<string, string>> = {
  "accept-encoding": "identity",
  "user-agent": "tallyman",
};

/** The whole body, of at most `maxBytes`. Throws DOCUMENT_TOO_LARGE. */
export async function readAll(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body()) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new TallymanError("DOCUMENT_TOO_LARGE", `${response.url.host} sent more than ${maxBytes} bytes`, {
        hint: "No sound registry sends a document of that size.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface FailureContext {
  readonly endpoint: Endpoint;
  /** What was asked for. */
  readonly what: string;
  readonly credential?: Credential | undefined;
}

/** The error of an answer that is no success, with what its body says, if that comes and is sensible. */
export async function failure(
  response: HttpResponse,
  { endpoint, what, credential }: FailureContext,
): Promise<RegistryError> {
  const { status } = response;
  const answer = {
    status,
    what,
    body: await readError(response),
    retryAfter: response.header("retry-after"),
  };
  return failedAnswer(endpoint, { ...answer, user: credential && userOf(credential) }, Date.now());
}

const maxErrorBytes = 64 * 1024;
const errorPatienceMs = 5_000;

async function readError(response: HttpResponse): Promise<Buffer> {
  const timer = setTimeout(() => response.discard(), errorPatienceMs);
  try {
    return await readAll(response, maxErrorBytes);
  } catch {
    return Buffer.alloc(0);
  } finally {
    clearTimeout(timer);
  }
}
