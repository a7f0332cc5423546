/** Anonymous bearer tokens (distribution-spec's companion, "Token Authentication Specification"). */
import { TallymanError } from "../../../model/error.ts";
import type { Challenge } from "./challenge.ts";
import { readAll, request } from "./http.ts";
import { isSafeHop } from "./url.ts";

const maxTokenBytes = 1024 * 1024;

/** The Authorization header that answers a challenge of the registry at `registry`. Throws REGISTRY_DENIED. */
export async function authorize(
  registry: URL,
  challenge: Challenge | undefined,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const realm = URL.parse(challenge?.parameters["realm"] ?? "");
  if (challenge?.scheme !== "bearer" || !realm) throw denied(registry, "it wants a login");
  if (!isSafeHop(registry, realm))
    throw denied(registry, `it sends us to ${realm.origin} for a token, unencrypted`);
  for (const name of ["service", "scope"]) {
    const value = challenge.parameters[name];
    if (value !== undefined) realm.searchParams.set(name, value);
  }
  const response = await request(realm, options);
  if (response.status !== 200)
    throw denied(registry, `${realm.host} gives no token (HTTP ${response.status})`);
  const token = tokenOf(await readAll(response, maxTokenBytes));
  if (token === undefined) throw denied(registry, `${realm.host} answers without a token`);
  return `Bearer ${token}`;
}

export function denied(registry: URL, why: string): TallymanError {
  return new TallymanError("REGISTRY_DENIED", `registry ${registry.host} refuses: ${why}`, {
    hint: "The image does not exist there, or it is private. Check its name.",
  });
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const answer = JSON.parse(body.toString("utf8")) as {
      readonly token?: unknown;
      readonly access_token?: unknown;
    };
    const token = answer.token ?? answer.access_token;
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
