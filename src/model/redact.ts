/** A document without its secrets, told by their names or place, wherever else in it their values stand. Pure. */
import { isJsonArray, type JsonValue } from "./json.ts";
import { hiddenValue, namesSecret } from "./secret-name.ts";

/** Shorter ones stand in many words by chance: they are hidden only where their name is. */
const shortestToSearch = 6;

/**
 * Hides what stands under a key that names a secret, and behind such a name in `NAME=value`, and the password in a URL;
 * then the same values in every other text: an argument, a label, a command for a shell.
 */
export function redact(document: JsonValue): JsonValue {
  const secrets = [...new Set(secretsIn(document))]
    .filter((secret) => secret.length >= shortestToSearch)
    .sort((a, b) => b.length - a.length); // one may be a part of another
  return hide(document, secrets);
}

function secretsIn(value: JsonValue): readonly string[] {
  if (typeof value === "string") return [splitSecret(value)?.value ?? "", ...secretsInUrls(value)];
  if (typeof value !== "object" || value === null) return [];
  if (isJsonArray(value)) return value.flatMap(secretsIn);
  return Object.entries(value).flatMap(([key, each]) =>
    namesSecret(key) && typeof each === "string" ? [each] : secretsIn(each),
  );
}

function hide(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (typeof value === "string") return hideInText(value, secrets);
  if (typeof value !== "object" || value === null) return value;
  if (isJsonArray(value)) return value.map((each) => hide(each, secrets));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      namesSecret(key) && typeof each === "string" ? hiddenValue : hide(each, secrets),
    ]),
  );
}

function hideInText(text: string, secrets: readonly string[]): string {
  const assigned = splitSecret(text);
  if (assigned) return `${assigned.name}=${hiddenValue}`;
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, hiddenValue), hideInUrls(text));
}

/** `NAME=value`, or an argument `--name=value`, whose name speaks of a secret. */
function splitSecret(text: string): { readonly name: string; readonly value: string } | undefined {
  const [, name = "", value = ""] = /^([\w.-]+)=([^]*)$/.exec(text) ?? [];
  return namesSecret(name) ? { name, value } : undefined;
}

/** RFC 3986, section 3.2.1; a user that is all there is in a URL of the web is a token as often as not. */
const inUrl = /(?<=:\/\/[^\s/?#@:]*:)[^\s/]+(?=@)|(?<=\bhttps?:\/\/)[^\s/?#@:]+(?=@)/gi;
/** `?password=value`, as drivers of databases take it. */
const inQuery = /(?<=[?&]([\w.-]+)=)[^\s&#]+/g;

function secretsInUrls(text: string): readonly string[] {
  const named = [...text.matchAll(inQuery)].filter(([, name = ""]) => namesSecret(name));
  return [...text.matchAll(inUrl), ...named].map(([secret]) => secret);
}

function hideInUrls(text: string): string {
  return text
    .replaceAll(inUrl, hiddenValue)
    .replaceAll(inQuery, (value: string, name: string) => (namesSecret(name) ? hiddenValue : value));
}
