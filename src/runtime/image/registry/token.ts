/** Bearer tokens (distribution's "Token Authentication Specification" and "OAuth2 Token Authentication"). */
import { isJsonObject, type JsonValue } from "../../../model/json.ts";
import type { Patience } from "../../settings.ts";
import type { Challenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { tlsTowards, type Endpoint } from "./endpoint.ts";
import { exchange, type HttpResponse } from "./exchange.ts";
import { commonHeaders, failure, readAll, request } from "./http.ts";
import { denied } from "./status.ts";
import { isSafeHop } from "./url.ts";

export interface TokenOptions {
  readonly credential: Credential | undefined;
  /** Where the challenge names none; undefined: a token that only says who we are. */
  readonly scope?: string;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Asks for a refresh token, too, with the password, and is given it where there is one. */
  readonly onRefreshToken?: ((token: string) => void) | undefined;
}

const maxTokenBytes = 1024 * 1024;

/**
 * The token that answers a challenge of the endpoint. With credentials, by POST; registries that know only GET are
 * asked so. The realm may be another host: the endpoint says who knows its users. Throws REGISTRY_DENIED.
 */
export async function fetchToken(
  endpoint: Endpoint,
  challenge: Challenge,
  options: TokenOptions,
): Promise<string> {
  const { credential } = options;
  if (credential?.kind === "bearer") return credential.token;
  const realm = URL.parse(challenge.parameters["realm"] ?? "", endpoint.root.href);
  if (!realm) throw denied(endpoint, "it asks for a token and does not say where to get one");
  if (!isSafeHop(endpoint.root, realm)) {
    throw denied(endpoint, `it sends us to ${realm.origin} for a token, which is not safe`);
  }
  const question: Record<string, string> = {};
  const { service, scope = options.scope } = challenge.parameters;
  if (service !== undefined) question["service"] = service;
  if (scope !== undefined) question["scope"] = scope;
  const response = await ask(issuerOf(endpoint, realm), { ...options, question });
  if (response.status !== 200) {
    throw await failure(response, { endpoint, what: `a token of ${realm.host}`, credential });
  }
  const answer = parse(await readAll(response, maxTokenBytes));
  const token = textIn(answer, ["token", "access_token"]);
  if (token === undefined) throw denied(endpoint, `${realm.host} answers without a token`);
  const refreshToken = textIn(answer, ["refresh_token"]);
  if (refreshToken !== undefined) options.onRefreshToken?.(refreshToken);
  return token;
}

interface Ask extends TokenOptions {
  readonly question: Readonly<Record<string, string>>;
}

async function ask(issuer: Endpoint, options: Ask): Promise<HttpResponse> {
  const { credential, question, patience, signal } = options;
  if (credential === undefined || credential.kind === "bearer") return get(issuer, options);
  if (credential.kind === "password" && options.onRefreshToken) {
    // As Docker logs in; issuers are known to answer the same question by POST otherwise.
    const lasting = { ...question, account: credential.username, client_id: clientId, offline_token: "true" };
    const authorization = basicAuthorization(credential);
    const response = await get(issuer, { ...options, question: lasting, authorization });
    if (response.status !== 404 && response.status !== 405) return response;
    response.discard();
  }
  const grant: Readonly<Record<string, string>> =
    credential.kind === "password"
      ? { grant_type: "password", username: credential.username, password: credential.password }
      : { grant_type: "refresh_token", refresh_token: credential.token };
  const response = await exchange(issuer.root, {
    method: "POST",
    headers: { ...commonHeaders, "content-type": "application/x-www-form-urlencoded" },
    form: new URLSearchParams({ ...grant, client_id: clientId, ...question }).toString(),
    tls: issuer.tls,
    patience,
    signal,
  });
  if (credential.kind !== "password" || !knowsNoPost(response.status)) return response;
  response.discard();
  return get(issuer, { ...options, authorization: basicAuthorization(credential) });
}

const clientId = "tallyman";

/** What servers that give tokens only for GET answer to POST, as containerd has met them. */
function knowsNoPost(status: number): boolean {
  return (status >= 300 && status < 400) || [400, 401, 404, 405].includes(status);
}

function get(
  issuer: Endpoint,
  { question, authorization, patience, signal }: Ask & { readonly authorization?: string },
): Promise<HttpResponse> {
  const url = new URL(issuer.root);
  for (const [name, value] of Object.entries(question)) url.searchParams.set(name, value);
  return request(issuer, url, { authorization, patience, signal });
}

/** The realm as a place of its own: the endpoint's headers and client certificate are not for it. */
function issuerOf(endpoint: Endpoint, realm: URL): Endpoint {
  return { ...endpoint, root: realm, headers: {}, tls: tlsTowards(endpoint, realm) };
}

export function basicAuthorization(credential: Credential & { readonly kind: "password" }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString("base64")}`;
}

/** What stands under the first of the keys that has anything. */
function textIn(answer: JsonValue, keys: readonly string[]): string | undefined {
  if (!isJsonObject(answer)) return undefined;
  const token = keys.map((key) => answer[key]).find((value) => typeof value === "string" && value !== "");
  return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function parse(body: Buffer): JsonValue {
  try {
    return JSON.parse(body.toString("utf8")) as JsonValue;
  } catch {
    return null;
  }
}
