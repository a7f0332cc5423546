/** What a user writes for an image, parsed once: a name in a registry, or a path on this machine. Pure. */
import { isAbsolute, normalize } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { isDigest, type Digest } from "../../model/ids.ts";

export type ImageReference = RegistryReference | PathReference;

export interface RegistryReference {
  readonly kind: "registry";
  /** Host and perhaps port; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  /** `latest` where neither tag nor digest is given. */
  readonly tag?: string;
  /** Where both are given, the digest decides. */
  readonly digest?: Digest;
}

/** An OCI image layout, OCI archive or `docker save` archive, with the name of one image in it. */
export interface PathReference {
  readonly kind: "path";
  /** Absolute and normalized. */
  readonly path: string;
  readonly tag?: string;
}

/**
 * Parses a reference by the grammar of distribution/reference, normalized as Docker does: `nginx` is
 * `docker.io/library/nginx:latest`. What begins with `/` is a path; a `:tag` at its end names one of its images.
 * Throws INVALID_REFERENCE.
 */
export function parseReference(text: string): ImageReference {
  return isAbsolute(text) ? parsePath(text) : parseName(text);
}

/** The one text of a reference: equal references have equal texts. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  if (reference.kind === "path") return reference.path + tag;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.registry}/${reference.repository}${tag}${digest}`;
}

/** A registry's host and perhaps port, also out of a URL; `docker.io` for Docker Hub. Throws INVALID_REFERENCE. */
export function parseRegistry(text: string): string {
  const host = text.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
  if (["index.docker.io", "registry-1.docker.io"].includes(host)) return "docker.io";
  if (hostPattern.test(host)) return host;
  throw new TallymanError("INVALID_REFERENCE", `${JSON.stringify(text)} is not a registry's host`, {
    hint: "Write it as in image references: host, or host:port.",
  });
}

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const hostPattern =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$/;
const repositoryPattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const maxNameLength = 255;

function parsePath(text: string): PathReference {
  if (text.includes("\0")) throw invalid(text, "it has a NUL in it");
  const colon = text.lastIndexOf(":");
  const tag = text.slice(colon + 1);
  const hasTag = colon > text.lastIndexOf("/") && tagPattern.test(tag);
  const path = normalize(hasTag ? text.slice(0, colon) : text).replace(/(?<=.)\/$/, "");
  return { kind: "path", path, ...(hasTag && { tag }) };
}

function parseName(text: string): RegistryReference {
  const at = text.indexOf("@");
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    throw invalid(text, `${JSON.stringify(digest)} is not a sha256 digest`);
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tag = colon > named.lastIndexOf("/") ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagPattern.test(tag)) throw invalid(text, `${JSON.stringify(tag)} is not a tag`);
  const { registry, repository } = splitHost(tag === undefined ? named : named.slice(0, colon));
  if (!hostPattern.test(registry))
    throw invalid(text, `${JSON.stringify(registry)} is not a registry's host`);
  if (!repositoryPattern.test(repository)) {
    const why = /[A-Z]/.test(repository)
      ? "a repository's name is in lower case"
      : "it is not a repository's name";
    throw invalid(text, `${JSON.stringify(repository)}: ${why}`);
  }
  if (registry.length + repository.length > maxNameLength) throw invalid(text, "it is too long");
  const effectiveTag = tag ?? (digest === undefined ? "latest" : undefined);
  return {
    kind: "registry",
    registry,
    repository,
    ...(effectiveTag !== undefined && { tag: effectiveTag }),
    ...(digest !== undefined && { digest }),
  };
}

/** The first part is a host where it cannot be a repository of Docker Hub: it has a dot, a port, or is `localhost`. */
function splitHost(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(0, slash));
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const registry = isHost && first !== "index.docker.io" ? first : "docker.io";
  const rest = isHost ? name.slice(slash + 1) : name;
  const isOfficial = registry === "docker.io" && !rest.includes("/");
  return { registry, repository: isOfficial ? `library/${rest}` : rest };
}

function invalid(text: string, why: string): TallymanError {
  return new TallymanError("INVALID_REFERENCE", `${JSON.stringify(text)} is not an image reference: ${why}`, {
    hint: "Write it as name, name:tag, host/name:tag or name@sha256:…, or as the absolute path of an image on disk.",
  });
}
