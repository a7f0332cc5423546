/** One place that serves a registry's images: the registry itself, or a mirror of it. Pure. */
import type { HostEntry } from "./hosts-file.ts";
import type { TlsSettings } from "./transport.ts";
import { registryUrl } from "./url.ts";

export type Capability = "pull" | "resolve";

export interface Endpoint {
  /** The root of its API; ends in a slash. */
  readonly root: URL;
  /** `resolve`: its answer to which digest a tag stands for is believed. `pull`: it is asked for what has a digest. */
  readonly capabilities: readonly Capability[];
  readonly tls: TlsSettings;
  /** Sent with every request, to this origin only. */
  readonly headers: Readonly<Record<string, string>>;
  /** For the connection; undefined: as long as for an answer. */
  readonly connectMs: number | undefined;
  /** What its credentials are kept under: the registry's name, or a mirror's host. */
  readonly account: string;
  /** Of a mirror: the registry that is asked for, told to it as `?ns=`, as containerd does. */
  readonly mirrorOf: string | undefined;
}

/** @param tls What the files of the entry hold. */
export function endpointOf(registry: string, entry: HostEntry, tls: TlsSettings): Endpoint {
  const usual = registryUrl(registry);
  const trusts = tls.ca.length > 0 || tls.client.length > 0 || tls.skipVerify;
  const secured = new URL(usual);
  if (trusts) secured.protocol = "https:"; // whoever has certificates for a loopback address means TLS
  const root = entry.root ?? secured;
  const isOwn = root.host === usual.host || root.host === secured.host;
  return {
    root,
    capabilities: entry.capabilities,
    tls,
    headers: entry.headers,
    connectMs: entry.connectMs,
    account: isOwn ? registry : root.host,
    mirrorOf: isOwn ? undefined : registry,
  };
}

/** What is trusted, and shown, at another address that the endpoint has sent us to: what it trusts, no more. */
export function tlsTowards({ root, tls }: Endpoint, url: URL): TlsSettings {
  return url.origin === root.origin ? tls : { ca: tls.ca, client: [], skipVerify: false };
}
