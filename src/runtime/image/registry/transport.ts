/** Connections that are kept open and used again, for each way in which a registry is to be trusted. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createSecureContext, rootCertificates } from "node:tls";
import { isLoopback } from "./url.ts";

export interface TlsSettings {
  /** PEM: trusted besides what the host trusts. */
  readonly ca: readonly string[];
  /** PEM: what we show where the server asks who we are. */
  readonly client: readonly { readonly cert: string; readonly key: string }[];
  /** The server's certificate is not looked at. */
  readonly skipVerify: boolean;
}

/** Idle connections of it do not keep the program up. Throws what OpenSSL says of a certificate that is none. */
export function agentFor(url: URL, tls: TlsSettings): HttpAgent {
  const isDirect = isLoopback(url.hostname);
  const key = createHash("sha256")
    .update(JSON.stringify([url.protocol, isDirect, tls]))
    .digest("hex");
  let agent = agents.get(key);
  if (!agent) {
    const options = { keepAlive: true, ...(!isDirect && { proxyEnv: process.env }) };
    agent =
      url.protocol === "https:" ? new HttpsAgent({ ...options, ...secure(tls) }) : new HttpAgent(options);
    agents.set(key, agent);
  }
  return agent;
}

const agents = new Map<string, HttpAgent>();

function secure({ ca, client, skipVerify }: TlsSettings): ConstructorParameters<typeof HttpsAgent>[0] {
  const secureContext = createSecureContext({
    ca: [...hostRoots(), ...ca],
    ...(client.length > 0 && { cert: client.map(({ cert }) => cert), key: client.map(({ key }) => key) }),
  });
  return { secureContext, rejectUnauthorized: !skipVerify };
}

/** Where distributions keep what `update-ca-certificates` and its like make. */
const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** What the host trusts, as its other programs do; Node's own list where the host has none. */
function hostRoots(): readonly string[] {
  const configured = process.env["SSL_CERT_FILE"];
  for (const path of configured === undefined ? bundles : [configured]) {
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      // not this distribution's place
    }
  }
  return rootCertificates;
}
