/** Logging in to a registry and out of it: what Docker's `config.json`, or its helper, keeps for it. */
import { codeOf } from "../../../model/error.ts";
import type { RegistrySettings } from "../../settings.ts";
import { openAttempts } from "./attempts.ts";
import { openAuthorizer } from "./authorizer.ts";
import { credentialFile, eraseCredential, storeCredential } from "./credential-file.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HttpResponse } from "./exchange.ts";
import { RegistryError } from "./failure.ts";
import { findEndpoints } from "./host-folder.ts";
import { failure, request } from "./http.ts";
import { basicAuthorization } from "./token.ts";

export interface Login {
  /** As references write it: a host and perhaps a port; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Keeps the password once the registry has taken it, or in its place the refresh token that it was given for it, and
 * returns where: a path, or a helper's name. Mirrors are not
 * asked: they have logins of their own. Throws REGISTRY_DENIED where the registry refuses it, and what a pull throws.
 */
export async function logIn(
  { registry, username, password }: Login,
  settings: RegistrySettings,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const endpoint = (await findEndpoints(registry, settings.hostDirs)).at(-1);
  if (!endpoint) throw new RegistryError("REGISTRY_FAILED", `nothing is configured for registry ${registry}`);
  const place = { host: endpoint.root.host, capabilities: ["resolve"] } as const;
  const credential = { kind: "password", username, password } as const;
  const attempts = openAttempts([place], settings.patience);
  let identityToken: string | undefined;
  const asked: Options = {
    patience: settings.patience,
    signal: options.signal,
    onRefreshToken: (token) => (identityToken = token),
  };
  await attempts.each("resolve", () => verify(endpoint, credential, asked), options.signal);
  const secret = identityToken === undefined ? { password } : { identityToken };
  return storeCredential(credentialFile(settings), { registry, username, ...secret });
}

/** Where it was kept; undefined where there was nothing. */
export async function logOut(registry: string, settings: RegistrySettings): Promise<string | undefined> {
  return eraseCredential(credentialFile(settings), registry);
}

interface Password {
  readonly kind: "password";
  readonly username: string;
  readonly password: string;
}

type Options = Pick<Parameters<typeof request>[2], "patience" | "signal"> & {
  readonly onRefreshToken: (token: string) => void;
};

async function verify(endpoint: Endpoint, credential: Password, options: Options): Promise<void> {
  try {
    const response = await ask(endpoint, credential, options);
    if (response.status !== 200) {
      throw await failure(response, { endpoint, what: endpoint.root.pathname, credential });
    }
    response.discard();
  } catch (error) {
    throw codeOf(error) === "REGISTRY_DENIED" ? refused(endpoint, credential, error) : error;
  }
}

/** A registry that anyone may read from does not ask who we are: it is told. */
async function ask(
  endpoint: Endpoint,
  credential: Password,
  { onRefreshToken, ...options }: Options,
): Promise<HttpResponse> {
  const findCredential = (): Promise<Password> => Promise.resolve(credential);
  const authorizer = openAuthorizer({
    ...{ endpoint, findCredential, onRefreshToken },
    patience: options.patience,
  });
  const response = await authorizer.request(endpoint.root, options);
  if (response.status !== 200 || authorizer.credential() !== undefined) return response;
  response.discard();
  return request(endpoint, endpoint.root, { ...options, authorization: basicAuthorization(credential) });
}

function refused({ root }: Endpoint, { username }: Password, cause: unknown): RegistryError {
  const message = `registry ${root.host} does not let ${username} in with this password`;
  return new RegistryError("REGISTRY_DENIED", message, {
    hint: "Check both. Where two factors are used, an access token takes the place of the password.",
    cause,
  });
}
