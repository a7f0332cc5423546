/** Docker's `config.json`: where Docker, Podman and we keep what registries are logged in to with. */
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../model/json.ts";
import type { RegistrySettings } from "../../settings.ts";
import { askHelper } from "./credential-helper.ts";
import { credentialKey, helperOf, storedCredential, type Credential } from "./credential.ts";

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

const maxBytes = 1024 * 1024;

/** Nothing where there is no such file. Throws BAD_CREDENTIAL_FILE. */
export async function readCredentialFile(path: string): Promise<JsonObject> {
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
