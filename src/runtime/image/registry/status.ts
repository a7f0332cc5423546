/** Answers that are no success, in words (OCI distribution-spec, "Error Codes"). Pure. */
import { isJsonArray, isJsonObject, type JsonValue } from "../../../model/json.ts";
import type { Endpoint } from "./endpoint.ts";
import { RegistryError } from "./failure.ts";
import { parseRetryAfter } from "./retry.ts";

export interface FailedAnswer {
  readonly status: number;
  /** What was asked for. */
  readonly what: string;
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
  /** Whose credentials were sent. */
  readonly user?: string | undefined;
}

/** REGISTRY_DENIED or REGISTRY_FAILED; a rate limit and a fault of the server's own are worth another attempt. */
export function failedAnswer(endpoint: Endpoint, answer: FailedAnswer, nowMs: number): RegistryError {
  const { status, what, user } = answer;
  const said = errorText(answer.body);
  const tail = said === undefined ? "" : `: ${said}`;
  if (status === 401 || status === 403) return denied(endpoint, `HTTP ${status} for ${what}${tail}`, user);
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs);
  const isPassing = status === 429 || status === 408 || status >= 500;
  const message = `registry ${endpoint.root.host} answers HTTP ${status} for ${what}${tail}`;
  return new RegistryError("REGISTRY_FAILED", message, {
    hint: hintFor(endpoint, status, retryAfterMs),
    retry: isPassing ? "later" : "never",
    retryAfterMs,
  });
}

/** @param user Whose credentials it refuses; undefined where none were sent. */
export function denied(endpoint: Endpoint, why: string, user?: string): RegistryError {
  const login = `tallyman login ${endpoint.account}`;
  return new RegistryError("REGISTRY_DENIED", `registry ${endpoint.root.host} refuses: ${why}`, {
    hint:
      user === undefined
        ? `The image does not exist there, or it is private: check its name, or log in with \`${login}\`.`
        : `It was asked as ${user}. Check that this user may read it, or log in anew with \`${login}\`.`,
  });
}

function hintFor({ account, root }: Endpoint, status: number, retryAfterMs: number | undefined): string {
  if (status === 400 && root.protocol === "http:") {
    const folder = `/etc/tallyman/certs.d/${account}`;
    return `If it speaks TLS, say so: put the certificate of who signed it into ${folder}/ca.crt, or server = "https://${root.host}" into ${folder}/hosts.toml.`;
  }
  if (status !== 429) return "Try again, or look at its log.";
  const when = retryAfterMs === undefined ? "later" : `in ${Math.ceil(retryAfterMs / 1000)} s`;
  return `It limits how often images may be pulled: try again ${when}, use a mirror, or log in with \`tallyman login ${account}\` where users may pull more.`;
}

const maxTextLength = 300;

/** The first message of `{"errors": [{"code", "message"}]}`, fit to be printed. */
function errorText(body: Uint8Array): string | undefined {
  const document = parse(body);
  const errors = isJsonObject(document) ? document["errors"] : undefined;
  const first = errors !== undefined && isJsonArray(errors) ? errors[0] : undefined;
  if (!isJsonObject(first)) return undefined;
  const text = [first["message"], first["code"]].find((value) => typeof value === "string" && value !== "");
  if (typeof text !== "string") return undefined;
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, maxTextLength);
}

function parse(body: Uint8Array): JsonValue {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8")) as JsonValue;
  } catch {
    return null;
  }
}
