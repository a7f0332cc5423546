/** One place that serves a registry's images: the registry itself, or a mirror of it. */
import { defaultTls, type TlsSettings } from "./transport.ts";
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
  /** What its credentials are kept under: its host, or `docker.io`. */
  readonly account: string;
  /** Of a mirror: the registry that is asked for, told to it as `?ns=`. */
  readonly mirrorOf?: string;
}

/** The registry itself, as it is reached without any configuration. */
export function originOf(registry: string): Endpoint {
  return {
    root: registryUrl(registry),
    capabilities: ["resolve", "pull"],
    tls: defaultTls,
    headers: {},
    account: registry,
  };
}

/** What is trusted, and shown, at another address that the endpoint has sent us to: what it trusts, no more. */
export function tlsTowards({ root, tls }: Endpoint, url: URL): TlsSettings {
  return url.origin === root.origin ? tls : { ca: tls.ca, skipVerify: false };
}
