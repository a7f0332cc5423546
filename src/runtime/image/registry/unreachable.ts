/** Failures below HTTP, in words: what the network, the name service or TLS said, and what to do about it. Pure. */
import { codeOf, messageOf } from "../../../model/error.ts";
import { RegistryError, type Retry } from "./failure.ts";

/** REGISTRY_UNREACHABLE from what Node's sockets throw. What is a RegistryError already stays as it is. */
export function unreachable(url: URL, cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause;
  const code = codeOf(cause) ?? "";
  const { why, retry, hint } = reasons[code] ?? ofProxy(code, cause) ?? byFamily(code, url) ?? unknown(cause);
  return unreachableBecause(url, why, { retry, hint: hint?.replaceAll("HOST", url.host), cause });
}

export function unreachableBecause(
  url: URL,
  why: string,
  details: { readonly retry: Retry; readonly hint?: string | undefined; readonly cause?: unknown },
): RegistryError {
  const { retry, cause, hint = "Check the registry's name, the network, and that it is up." } = details;
  const message = `registry ${url.host} cannot be reached: ${why}`;
  return new RegistryError("REGISTRY_UNREACHABLE", message, { hint, retry, cause });
}

interface Reason {
  readonly why: string;
  readonly retry: Retry;
  readonly hint?: string;
}

const cut: Reason = { why: "the connection was cut", retry: "later" };
const noRoute: Reason = { why: "there is no way to it", retry: "if-known" };
const plainHint =
  'If it serves plain HTTP, allow it: write server = "http://HOST" into /etc/tallyman/certs.d/HOST/hosts.toml.';
const trustHint =
  "Put the certificate of who signed it into /etc/tallyman/certs.d/HOST/ca.crt, or among the host's own.";

const reasons: Readonly<Partial<Record<string, Reason>>> = {
  ECONNREFUSED: { why: "nothing listens there", retry: "if-known" },
  ENOTFOUND: { why: "there is no such host", retry: "never" },
  EAI_AGAIN: { why: "its name cannot be looked up now", retry: "later" },
  ETIMEDOUT: { why: "it does not answer", retry: "later" },
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ECONNRESET: cut,
  EPIPE: cut,
  CERT_HAS_EXPIRED: {
    why: "its certificate has expired",
    retry: "never",
    hint: "Renew the certificate, or set this machine's clock.",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: "its certificate is for another name",
    retry: "never",
    hint: "Use a name that is in the certificate, or have one made for HOST.",
  },
};

/** What a proxy answers to CONNECT. */
function ofProxy(code: string, cause: unknown): Reason | undefined {
  if (code !== "ERR_PROXY_TUNNEL" || !(cause instanceof Error)) return undefined;
  const status = "statusCode" in cause ? Number(cause.statusCode) : 0;
  return {
    why: `the proxy does not lead to it${status > 0 ? ` (HTTP ${status})` : ""}`,
    retry: status >= 400 && status < 500 ? "never" : "later",
    hint: "Look at HTTPS_PROXY, its user and password, and at NO_PROXY in this program's environment.",
  };
}

const untrusted = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

function byFamily(code: string, url: URL): Reason | undefined {
  if (untrusted.includes(code)) {
    return {
      why: "its certificate is signed by nobody that this machine trusts",
      retry: "never",
      hint: trustHint,
    };
  }
  if (url.protocol === "https:" && (code === "EPROTO" || code.startsWith("ERR_SSL"))) {
    return { why: `it does not agree on TLS (${code})`, retry: "never", hint: plainHint };
  }
  if (code.startsWith("HPE_")) return { why: `it does not answer in HTTP (${code})`, retry: "never" };
  return undefined;
}

function unknown(cause: unknown): Reason {
  return { why: messageOf(cause) || (codeOf(cause) ?? "for no known reason"), retry: "later" };
}
