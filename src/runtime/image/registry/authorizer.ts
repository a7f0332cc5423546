/** What to say of ourselves to an endpoint about one repository: nothing, until it asks. */
import { addAbortListener } from "node:events";
import type { Patience } from "../../settings.ts";
import { chooseChallenge, parseChallenges } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HttpResponse } from "./exchange.ts";
import { request, type RequestOptions } from "./http.ts";
import { denied } from "./status.ts";
import { basicAuthorization, fetchToken } from "./token.ts";

export interface Authorizer {
  /**
   * Asks, and where the answer is 401 once more with what that asks for. Requests at the same time share a token; one
   * that has expired is renewed. Throws REGISTRY_DENIED and REGISTRY_UNREACHABLE; any status is an answer, 401 too.
   */
  request(url: URL, options: Omit<RequestOptions, "authorization">): Promise<HttpResponse>;
  /** What was sent with the last request, if anything was. */
  credential(): Credential | undefined;
}

export interface AuthorizerOptions {
  readonly endpoint: Endpoint;
  /** What a token is to allow, where the registry does not say. */
  readonly scope?: string;
  readonly findCredential: () => Promise<Credential | undefined>;
  readonly patience: Patience;
  /** As of {@link fetchToken}. */
  readonly onRefreshToken?: (token: string) => void;
}

export function openAuthorizer(asked: AuthorizerOptions): Authorizer {
  const { endpoint, scope, findCredential, patience, onRefreshToken } = asked;
  let current: Promise<string> | undefined;
  let credential: Credential | undefined;

  const answer = async (header: string | undefined): Promise<string> => {
    const challenge = chooseChallenge(parseChallenges(header));
    if (!challenge) throw denied(endpoint, "it wants a login of a kind that we do not know");
    credential = await findCredential();
    if (challenge.scheme === "bearer") {
      const options = { credential, patience, onRefreshToken, ...(scope !== undefined && { scope }) };
      return `Bearer ${await fetchToken(endpoint, challenge, options)}`;
    }
    if (credential?.kind === "password") return basicAuthorization(credential);
    if (credential?.kind === "bearer") return `Bearer ${credential.token}`;
    throw denied(endpoint, "it wants a user and a password");
  };

  return {
    credential: () => credential,
    request: async (url, options) => {
      const used = current;
      const first = await request(endpoint, url, {
        ...options,
        authorization: await unlessAborted(used, options.signal),
      });
      // A 401 of somewhere that we were redirected to is no question of the registry's: nobody there learns who we are.
      if (first.status !== 401 || first.url.origin !== endpoint.root.origin) return first;
      first.discard();
      if (current === used) {
        const renewed = answer(first.header("www-authenticate"));
        current = renewed;
        renewed.catch(() => {
          if (current === renewed) current = undefined;
        });
      }
      return request(endpoint, url, {
        ...options,
        authorization: await unlessAborted(current, options.signal),
      });
    },
  };
}

/** Others may wait for the same work, so that it goes on when one of them leaves. */
async function unlessAborted<Value>(
  work: Promise<Value> | undefined,
  signal: AbortSignal | undefined,
): Promise<Value | undefined> {
  if (!signal) return work;
  signal.throwIfAborted();
  const left = Promise.withResolvers<never>();
  using _listening = addAbortListener(signal, () => left.reject(signal.reason as Error));
  return await Promise.race([work, left.promise]);
}
