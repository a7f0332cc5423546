/** One repository of a registry, or of its mirrors (OCI distribution-spec, "Pull"). */
import { isDigest, type Digest } from "../../../model/ids.ts";
import type { RegistrySettings } from "../../settings.ts";
import { digestOf, verified } from "../digest.ts";
import { maxDocumentBytes } from "../documents.ts";
import type { DocumentLink, ImageSource, ReadOptions } from "../image-source.ts";
import { configTypes, indexTypes, manifestTypes } from "../media-types.ts";
import { formatReference, type RegistryReference } from "../reference.ts";
import { openAttempts, type Place } from "./attempts.ts";
import { openAuthorizer, type Authorizer } from "./authorizer.ts";
import { readBlob } from "./blob.ts";
import { credentialFile, findCredential } from "./credential-file.ts";
import type { Capability, Endpoint } from "./endpoint.ts";
import type { HttpResponse } from "./exchange.ts";
import { RegistryError } from "./failure.ts";
import { findEndpoints } from "./host-folder.ts";
import { failure, readAll, type RequestOptions } from "./http.ts";

export interface Repository extends ImageSource {
  /** What the reference's tag or digest stands for now: of an index where there is one, not of an image in it. */
  resolve(options?: ReadOptions): Promise<Digest>;
  /** The same with what it holds, which need not be asked for again. */
  top(options?: ReadOptions): Promise<DocumentLink>;
}

/**
 * Asks nothing yet, and throws BAD_HOSTS_FILE. Every method throws IMAGE_NOT_FOUND, REGISTRY_UNREACHABLE, REGISTRY_DENIED, REGISTRY_FAILED,
 * DOCUMENT_TOO_LARGE or DIGEST_MISMATCH.
 */
export async function openRepository(
  reference: RegistryReference,
  settings: RegistrySettings,
): Promise<Repository> {
  const endpoints = await findEndpoints(reference.registry, settings.hostDirs);
  const places = endpoints.map((endpoint) => placeOf(endpoint, reference, settings));
  const attempts = openAttempts(places, settings.patience);
  const topName = `manifests/${reference.digest ?? reference.tag ?? "latest"}`;
  const read = new Map<Digest, Uint8Array>();

  const get = (name: string, { signal, capability, expected }: GetOptions): Promise<Document> =>
    attempts.each(
      capability,
      async (place) => {
        const response = await ask(place, name, { headers: { accept: acceptedDocuments }, signal });
        const content = await readAll(response, maxDocumentBytes);
        if (expected !== undefined) verified(content, expected);
        return { response, content };
      },
      signal,
    );

  const ask = async (
    { endpoint, authorizer, root }: RepositoryPlace,
    name: string,
    options: Omit<RequestOptions, "authorization" | "patience">,
  ): Promise<HttpResponse> => {
    const url = new URL(name, root);
    if (endpoint.mirrorOf !== undefined) url.searchParams.set("ns", endpoint.mirrorOf);
    const response = await authorizer.request(url, { ...options, patience: settings.patience });
    if (response.status === 200 || response.status === 206) return response;
    if (response.status === 405 && options.method === "HEAD") return response; // it has to be asked with GET
    if (response.status === 404 && name === topName) {
      response.discard();
      throw notFound(endpoint, reference);
    }
    throw await failure(response, { endpoint, what: url.pathname, credential: authorizer.credential() });
  };

  return {
    resolve: async (options = {}) => {
      if (reference.digest !== undefined) return reference.digest;
      const { signal } = options;
      const named = await attempts.each(
        "resolve",
        async (place) => {
          const request = { method: "HEAD", headers: { accept: acceptedDocuments }, signal } as const;
          const response = await ask(place, topName, request);
          response.discard();
          return response.header("docker-content-digest") ?? "";
        },
        signal,
      );
      return isDigest(named)
        ? named
        : digestOf((await get(topName, { signal, capability: "resolve" })).content);
    },
    top: async ({ signal } = {}) => {
      const { digest: expected } = reference;
      const capability = expected === undefined ? "resolve" : "pull";
      const { response, content } = await get(topName, { signal, capability, expected });
      const digest = digestOf(content);
      read.set(digest, content);
      const mediaType = response.header("content-type")?.split(";")[0]?.trim();
      return { digest, sizeBytes: content.length, ...(isKnown(mediaType) && { mediaType }) };
    },
    document: async ({ digest, mediaType }, { signal } = {}) => {
      const known = read.get(digest);
      if (known) return known;
      const kind = configTypes.includes(mediaType ?? "") ? "blobs" : "manifests";
      return (await get(`${kind}/${digest}`, { signal, capability: "pull", expected: digest })).content;
    },
    blob: (descriptor, options = {}) => {
      const open = (
        place: RepositoryPlace,
        headers: Readonly<Record<string, string>>,
      ): Promise<HttpResponse> =>
        ask(place, `blobs/${descriptor.digest}`, { headers, signal: options.signal });
      return readBlob(descriptor, { attempts, open, patience: settings.patience }, options);
    },
  };
}

interface GetOptions extends ReadOptions {
  readonly capability: Capability;
  readonly expected?: Digest | undefined;
}

interface Document {
  readonly response: HttpResponse;
  readonly content: Buffer;
}

interface RepositoryPlace extends Place {
  readonly endpoint: Endpoint;
  readonly authorizer: Authorizer;
  /** Of the repository's API there. */
  readonly root: URL;
}

function placeOf(
  endpoint: Endpoint,
  reference: RegistryReference,
  settings: RegistrySettings,
): RepositoryPlace {
  const path = credentialFile(settings);
  const authorizer = openAuthorizer({
    endpoint,
    scope: `repository:${reference.repository}:pull`,
    findCredential: () => findCredential(endpoint.account, path),
    patience: settings.patience,
  });
  const root = new URL(`${reference.repository}/`, endpoint.root);
  return { endpoint, authorizer, root, host: endpoint.root.host, capabilities: endpoint.capabilities };
}

const acceptedDocuments = [...manifestTypes, ...indexTypes, "*/*;q=0.5"].join(", ");

/** Some servers call every document JSON or plain text, which says nothing. */
function isKnown(mediaType: string | undefined): mediaType is string {
  return mediaType?.startsWith("application/vnd.") ?? false;
}

function notFound(endpoint: Endpoint, reference: RegistryReference): RegistryError {
  const message = `image ${formatReference(reference)} is not in registry ${endpoint.root.host}`;
  return new RegistryError("IMAGE_NOT_FOUND", message, {
    hint: "Check its name and tag, and that it was pushed.",
  });
}
