/** Docker's `config.json`: where Docker, Podman and we keep what registries are logged in to with. */
import { mkdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../model/json.ts";
import { writeFileAtomic } from "../../../sys/write-file.ts";
import type { RegistrySettings } from "../../settings.ts";
import { askHelper, eraseFromHelper, storeInHelper } from "./credential-helper.ts";
import {
  credentialKey,
  helperOf,
  keysOf,
  storedCredential,
  tokenUser,
  type Credential,
} from "./credential.ts";

export function credentialFile({ credentialsDir }: Pick<RegistrySettings, "credentialsDir">): string {
  const configured = credentialsDir ?? process.env["DOCKER_CONFIG"];
  const folder = configured !== undefined && configured !== "" ? configured : join(homedir(), ".docker");
  return join(folder, "config.json");
}

/** What is configured for a registry now, from its helper or the file. Throws BAD_CREDENTIAL_FILE, CREDENTIAL_HELPER_FAILED. */
export async function findCredential(registry: string, path: string): Promise<Credential | undefined> {
  const config = await readCredentialFile(path);
  const helper = helperOf(config, registry);
  const held = helper === undefined ? undefined : await askHelper(helper, credentialKey(registry));
  return held ?? storedCredential(config, registry);
}

type Secret = { readonly password: string } | { readonly identityToken: string };

export type StoredLogin = { readonly registry: string; readonly username: string } & Secret;

/** Where it is kept: the path, or the helper's program. Throws BAD_CREDENTIAL_FILE, CREDENTIAL_HELPER_FAILED. */
export async function storeCredential(
  path: string,
  { registry, username, ...secret }: StoredLogin,
): Promise<string> {
  const config = await readCredentialFile(path);
  const key = credentialKey(registry);
  const helper = helperOf(config, registry);
  if (helper !== undefined) await storeInHelper(helper, { key, ...asHelped(username, secret) });
  const entry = helper === undefined ? asListed(username, secret) : {};
  await write(path, { ...config, auths: { ...authsOf(config), [key]: entry } });
  return helper === undefined ? path : `docker-credential-${helper}`;
}

function asListed(username: string, secret: Secret): JsonObject {
  const encode = (password: string): string => Buffer.from(`${username}:${password}`).toString("base64");
  return "password" in secret
    ? { auth: encode(secret.password) }
    : { auth: encode(""), identitytoken: secret.identityToken };
}

function asHelped(
  username: string,
  secret: Secret,
): { readonly username: string; readonly password: string } {
  return "password" in secret
    ? { username, password: secret.password }
    : { username: tokenUser, password: secret.identityToken };
}

/** Where it was kept; undefined where there was nothing. Throws BAD_CREDENTIAL_FILE, CREDENTIAL_HELPER_FAILED. */
export async function eraseCredential(path: string, registry: string): Promise<string | undefined> {
  const config = await readCredentialFile(path);
  const auths = authsOf(config);
  const keys = keysOf(auths, registry);
  const helper = helperOf(config, registry);
  const isListed = keys.length > 0;
  if (helper !== undefined) {
    const isHeld = isListed || (await askHelper(helper, credentialKey(registry))) !== undefined;
    if (!isHeld) return undefined;
    await eraseFromHelper(helper, credentialKey(registry));
  }
  if (isListed) {
    const left = Object.entries(auths).filter(([key]) => !keys.includes(key));
    await write(path, { ...config, auths: Object.fromEntries(left) });
  }
  if (helper !== undefined) return `docker-credential-${helper}`;
  return isListed ? path : undefined;
}

function authsOf(config: JsonObject): JsonObject {
  return isJsonObject(config["auths"]) ? config["auths"] : {};
}

/** A link stays one, and its target whose it was: `sudo` writes into the home of who called it. */
async function write(path: string, config: JsonObject): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const target = await realpath(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return path;
    throw error;
  });
  const { uid, gid } = await stat(target).catch(() => stat(dirname(target)));
  const owner = process.geteuid?.() === 0 ? { owner: { uid, gid } } : {};
  await writeFileAtomic(target, `${JSON.stringify(config, undefined, "\t")}\n`, owner);
}

const maxBytes = 1024 * 1024;

/** Nothing where there is no such file. Throws BAD_CREDENTIAL_FILE. */
async function readCredentialFile(path: string): Promise<JsonObject> {
  const parse = async (): Promise<JsonValue> => {
    const { size } = await stat(path);
    if (size > maxBytes) throw bad(path, `is larger than ${maxBytes} bytes`);
    const text = await readFile(path, "utf8");
    return text.trim() === "" ? {} : (JSON.parse(text) as JsonValue);
  };
  const content = await parse().catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return {};
    if (error instanceof SyntaxError) throw bad(path, "is not JSON", error);
    throw error;
  });
  if (!isJsonObject(content)) throw bad(path, "is not a JSON object");
  return content;
}

function bad(path: string, why: string, cause?: unknown): TallymanError {
  return new TallymanError("BAD_CREDENTIAL_FILE", `${path} ${why}`, {
    hint: "Mend it, or move it away and log in again.",
    cause,
  });
}
