/** Which entry of Docker's `config.json` is a registry's, and what it says. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../model/json.ts";

export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A refresh token, exchanged for others (`identitytoken`). */
  | { readonly kind: "identity"; readonly token: string }
  /** A token that the registry takes as it is (`registrytoken`). */
  | { readonly kind: "bearer"; readonly token: string };

/** Whose it is, to be shown. */
export function userOf(credential: Credential): string {
  return credential.kind === "password" ? credential.username : "the owner of a token";
}

/** What Docker calls its own registry in this file. */
const hubKey = "https://index.docker.io/v1/";
const hubNames: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/** The name under which the credentials of a registry are written, and that helpers are asked for. */
export function credentialKey(registry: string): string {
  return hubNames.includes(registry) ? hubKey : registry;
}

/** The credential helper of a registry: its own, else the one of all. */
export function helperOf(config: JsonObject, registry: string): string | undefined {
  const helpers = isJsonObject(config["credHelpers"]) ? config["credHelpers"] : {};
  const names = [registry, credentialKey(registry)];
  const own = names.map((name) => (Object.hasOwn(helpers, name) ? helpers[name] : undefined)).find(isText);
  return own ?? (isText(config["credsStore"]) ? config["credsStore"] : undefined);
}

/** The credential that the file itself holds; old files have whole URLs for names. */
export function storedCredential(config: JsonObject, registry: string): Credential | undefined {
  const auths = isJsonObject(config["auths"]) ? config["auths"] : {};
  return keysOf(auths, registry)
    .map((key) => credentialOf(auths[key]))
    .find((credential) => credential !== undefined);
}

/** The names that a registry has in `auths`, today's before those of old. */
export function keysOf(auths: JsonObject, registry: string): readonly string[] {
  const today = credentialKey(registry);
  const wanted = hostOfKey(today);
  const keys = Object.keys(auths).filter((key) => hostOfKey(key) === wanted);
  return [...keys.filter((key) => key === today), ...keys.filter((key) => key !== today)];
}

/** In place of a user, where the secret is a refresh token. */
export const tokenUser = "<token>";

/** What a helper answers to `get`. */
export function helperCredential(answer: JsonValue): Credential | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { Username: username, Secret: secret } = answer;
  if (!isText(username) || !isText(secret)) return undefined;
  return username === tokenUser
    ? { kind: "identity", token: secret }
    : { kind: "password", username, password: secret };
}

function credentialOf(entry: JsonValue | undefined): Credential | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { registrytoken, identitytoken, auth, username, password } = entry;
  if (isText(registrytoken)) return { kind: "bearer", token: registrytoken };
  if (isText(identitytoken)) return { kind: "identity", token: identitytoken };
  if (isText(auth)) return decodeBasic(auth);
  return isText(username) && isText(password) ? { kind: "password", username, password } : undefined;
}

/** `user:password` in base64; Docker ends some of them with NUL. */
function decodeBasic(auth: string): Credential | undefined {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  return {
    kind: "password",
    username: text.slice(0, colon),
    password: text.slice(colon + 1).replace(/\0+$/, ""),
  };
}

function hostOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/")[0] ?? "";
  return hubNames.includes(host) ? "docker.io" : host.toLowerCase();
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
